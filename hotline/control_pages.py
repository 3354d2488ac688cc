"""What the control API shows and takes: pages, commands and orders, out of the service's parts."""

from typing import TYPE_CHECKING

from hotline.callback_orders import CallbackOrders
from hotline.dialling_orders import DialOrders
from hotline.http import Pages
from hotline.metrics import CONTENT_TYPE
from hotline.orders import AgentOrders
from hotline.parking import shown
from hotline.recording_orders import PauseOrders
from hotline.rest.wiring import routes_of
from hotline.talk_orders import TalkOrders
from hotline.version_orders import BackOrders

if TYPE_CHECKING:
    from hotline.service import Service


def pages_of(service: "Service") -> Pages:
    """Return the pages of a service whose parts are all made."""
    talks = TalkOrders(service.switchboard, service.talk_desk, service.talk_desk.seat_of)
    return Pages(
        metrics=service.metrics.render, metrics_type=CONTENT_TYPE, health=service.health,
        api={
            "status": service.status, "agents": service.views.agents, "queue": service.views.queue,
            "departments": service.departments.rows,
            "live": service.views.live, "talks": talks.rows, "parked": lambda: shown(service.talk_desk.park),
        },
        streams={"live": service.views.live_stream},
        routes=routes_of(service),
        commands={
            "reload": service.reload, "reload-dry-run": service.would_reload,
            "prompts-refresh": service.shelf.refresh,
        },
        orders={
            "agent": AgentOrders(service.floor), "dial": DialOrders(service.dialling_out),
            "callback": CallbackOrders(service.callbacks), "flow-back": BackOrders(service.versions, service.back),
            "talk": talks,
            "pick-up": service.picking_up.order,
            "voicemail": service.voicemail.orders(service.dialling_out),
            "recording-pause": PauseOrders(service.switchboard),
            **service.service_desk.orders, **service.prompt_desk.orders, **service.listening.orders,
        },
    )  # fmt: skip
