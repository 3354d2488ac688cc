"""Orders to dial, as they come in over HTTP; and the rules of dialling out of the service's settings."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from agents.dial_phrases import DIAL_PHRASES
from agents.dial_rules import DialRules, Tries, Wish
from calls import AgentId
from hotline.asterisk_plan import outside_address
from hotline.dialling_out import DiallingOut, DialPlan
from hotline.http import BadOrder
from hotline.settings import Settings

_DIGITS = re.compile(r"[0-9]{1,20}")
_KEYS = frozenset({"agent", "number", "ticket"})


class DialOrders:
    """Has agents' seats rung and numbers dialled."""

    def __init__(self, dialling_out: DiallingOut) -> None:
        self._dialling_out = dialling_out

    async def __call__(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Carry ``{"agent", "number", "ticket"}`` out (``ticket`` may be missing). Raises ``BadOrder``."""
        if set(told) - _KEYS:
            raise BadOrder(f"an order to dial has nothing but {', '.join(sorted(_KEYS))}")
        agent, number, ticket = (told.get(key, "") for key in ("agent", "number", "ticket"))
        if not isinstance(agent, str) or not agent:
            raise BadOrder("agent: say who is to dial, by id")
        if not isinstance(number, str) or not _DIGITS.fullmatch(number):
            raise BadOrder("number: digits only, like 13812345678")
        if not isinstance(ticket, str) or (ticket and not _DIGITS.fullmatch(ticket)):
            raise BadOrder("ticket: digits only, like 2611240001")
        try:
            call, refusal = await self._dialling_out.order(AgentId(agent), Wish(number, ticket))
        except LookupError as error:
            return {"ok": False, "result": "not_logged_in", "call": "", "message": str(error.args[0])}
        if refusal is not None:
            message = DIAL_PHRASES[f"dial.{refusal}"]["en"]
            return {"ok": False, "result": refusal.value, "call": call, "message": message}
        message = f"the seat of agent {agent} is being rung; the number is dialled when it is answered"
        return {"ok": True, "result": "ringing", "call": call, "message": message}


def dial_plan(settings: Settings, zone: ZoneInfo) -> DialPlan:
    """Return how agents' calls go out."""
    wanted = settings.outbound
    rules = DialRules(enabled=wanted.enabled, allowed=wanted.allowed, denied=wanted.denied, hours=wanted.hours)
    return DialPlan(
        rules, zone, wanted.caller_id or settings.dialled_number, wanted.ring_s,
        lambda number: outside_address(settings, number), Tries(wanted.tries_a_day, wanted.tries_apart_s),
    )  # fmt: skip
