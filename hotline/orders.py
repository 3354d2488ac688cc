"""Supervisors' orders, as they come in over HTTP; and the floor's settings out of the service's."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from agents import Floor, FloorSettings
from agents.supervision import OrderError, carry_out, read_order
from hotline.http import BadOrder
from hotline.settings import Settings

log = structlog.get_logger(__name__)


class AgentOrders:
    """Carries orders for agents out. Every one, refused or not, is in the log; what changed is in the journal."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def __call__(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Carry one out and return what came of it. Raises ``BadOrder``."""
        try:
            order = read_order(told)
            done = carry_out(self._floor, order)
        except OrderError as error:
            raise BadOrder(str(error)) from None
        log.info(
            "agent.ordered", agent=order.agent, act=order.act.value, by=order.by, result=done["result"],
            state_before=done["state_before"], state=done["state"],
        )  # fmt: skip
        return done


def floor_settings(settings: Settings) -> FloorSettings:
    """Return how the floor treats agents."""
    wanted = settings.agents
    return FloorSettings(
        aside_s=wanted.aside_s, miss_limit=wanted.miss_limit, declines_count=wanted.declines_count,
        missed_pause_s=wanted.missed_pause_s or None, breaks_staff=wanted.breaks_staff,
        dial_wrap_up_s=wanted.dial_wrap_up_s, wrap_up_most_s=wanted.wrap_up_most_s,
        zone=ZoneInfo(settings.time_zone), off_plan_refused=wanted.shift_policy == "refuse",
    )  # fmt: skip
