"""What a supervisor orders for an agent: read, carried out, and worded. Every order is kept with who gave it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agents.floor import Floor, Result
from agents.states import OFFERED_STATES
from calls.identity import AgentId

_MOST_EXTRA_S = 3600.0
_NAME_LIMIT = 60


class Act(StrEnum):
    """What can be ordered."""

    BREAK = "break"
    READY = "ready"
    LOG_OUT = "log_out"
    END_WRAP_UP = "end_wrap_up"
    EXTEND_WRAP_UP = "extend_wrap_up"


class OrderError(ValueError):
    """The order makes no sense; the message says what would."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order."""

    agent: AgentId
    act: Act
    by: str  # whoever gave it
    reason: str = ""  # of a break
    seconds: float = 0.0  # by which the wrap-up is extended


def read_order(told: Mapping[str, Any]) -> Order:
    """Return the order in a JSON object: ``agent``, ``act``, ``by``, what the act needs. Raises ``OrderError``."""
    agent, by = told.get("agent"), told.get("by")
    if not isinstance(agent, str) or not agent:
        raise OrderError("whose? 'agent' is missing")
    if not isinstance(by, str) or not by.strip() or not by.isprintable():
        raise OrderError("who orders it? 'by' is missing")
    try:
        act = Act(str(told.get("act")))
    except ValueError:
        raise OrderError(f"'act' is one of {', '.join(Act)}") from None
    reason, seconds = told.get("reason", ""), told.get("seconds", 0.0)
    if not isinstance(reason, str):
        raise OrderError("'reason' is a text")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
        raise OrderError("'seconds' is a number")
    if act is Act.EXTEND_WRAP_UP and not 0 < seconds <= _MOST_EXTRA_S:
        raise OrderError(f"a wrap-up is extended by 1 to {_MOST_EXTRA_S:g} seconds")
    return Order(AgentId(agent), act, by.strip()[:_NAME_LIMIT], reason, float(seconds))


def carry_out(floor: Floor, order: Order) -> dict[str, Any]:
    """Do it; return what came of it as JSON-able values. ``ok`` is False when it was refused: ``message`` says why.

    During a talk nothing is torn away from the caller: a break or a log-out waits until the work after the call is
    over, and is shown as pending until then. Raises ``OrderError`` when there is no such person or reason.
    """
    if order.agent not in floor.directory.people:
        raise OrderError(f"there is no agent {order.agent} in the directory")
    if order.act is Act.BREAK and order.reason not in floor.directory.breaks:
        known = ", ".join(floor.directory.breaks) or "none"
        raise OrderError(f"there is no break reason {order.reason!r}; there are: {known}")
    before = floor.standing(order.agent)
    result = _DO[order.act](floor, order)
    after = floor.standing(order.agent)
    message = _message(order, result)
    if result is Result.DONE and before is not None and before.state in OFFERED_STATES and order.act is not Act.READY:
        message += "; the caller who was being offered goes to somebody else"
    return {
        "ok": result in (Result.DONE, Result.AFTER_CALL),
        "agent": order.agent,
        "act": order.act.value,
        "by": order.by,
        "result": result.value,
        "message": message,
        "state_before": before.state.value if before else "logged_out",
        "state": after.state.value if after else "logged_out",
        "reason": after.reason if after else "",
        "pending": after.pending.value if after else "",
        "until": after.until if after else None,
    }


_DO: dict[Act, Callable[[Floor, Order], Result]] = {
    Act.BREAK: lambda floor, order: floor.start_break(order.agent, order.reason, by=order.by),
    Act.READY: lambda floor, order: floor.ready(order.agent, by=order.by),
    Act.LOG_OUT: lambda floor, order: floor.logout(order.agent, by=order.by),
    Act.END_WRAP_UP: lambda floor, order: floor.end_wrap_up(order.agent, by=order.by),
    Act.EXTEND_WRAP_UP: lambda floor, order: floor.extend_wrap_up(order.agent, order.seconds, by=order.by),
}


def _message(order: Order, result: Result) -> str:
    who = order.agent
    if result is Result.NOT_LOGGED_IN:
        return f"{who} is not logged in"
    if result is Result.NOT_NOW:
        return f"{who} is not in wrap-up"
    if result is Result.AFTER_CALL:
        if order.act is Act.READY:
            return f"{who} is in a call: what was pending is taken back; ready when the work after the call is over"
        wish = "break" if order.act is Act.BREAK else "log-out"
        return f"{who} is in a call, which goes on: the {wish} is pending until the work after it is over"
    return {
        Act.BREAK: f"{who} is on a break: {order.reason}",
        Act.READY: f"{who} is ready",
        Act.LOG_OUT: f"{who} is logged out",
        Act.END_WRAP_UP: f"{who}'s wrap-up is over",
        Act.EXTEND_WRAP_UP: f"{who} has up to {order.seconds:g} s more for the wrap-up",
    }[order.act]
