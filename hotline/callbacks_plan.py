"""What calling people back needs of others, and when it may be done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from acd.callbacks import Callback
from agents.dial_rules import DAY_MINUTES, DialRules, Hours
from calls import Address, CallId
from calls.line import RingOutcome
from hotline.asterisk_plan import outside_address
from hotline.callbacks_line import CallbackLine
from hotline.settings import Settings
from hotline.takeover import Past


class Phones(Protocol):
    """Calls people outside; ``Switchboard`` does."""

    async def ring_caller(
        self, address: Address, call: CallId, dialled: str, *, shown: str, ring_s: float
    ) -> RingOutcome:
        """Call somebody."""
        ...

    async def hang_up_call(self, call: CallId) -> None:
        """Stop that."""
        ...


class InLine(Protocol):
    """Puts somebody into the line; ``CallerServices`` does."""

    async def called_back(self, line: CallbackLine, callback: Callback) -> None:
        """Wait until served, or until no longer."""
        ...

    def anybody_for(self, callback: Callback) -> bool:
        """Whether somebody works who could serve."""
        ...


class Former(Protocol):
    """The calls of a service that is gone; ``Takeover`` knows them."""

    def claim(self, call_id: CallId) -> Past | None:
        """Return what a call has lived, and let go of it."""
        ...

    def call_ids(self) -> set[CallId]:
        """Return those that are still up."""
        ...


@dataclass(frozen=True, slots=True)
class CallbackPlan:
    """How people are called back. ``address_of`` gives where a number is rung, None when it may or can not be."""

    zone: tzinfo
    caller_id: str
    ring_s: float
    way_out: bool
    address_of: Callable[[str], Address | None]


def callback_plan(settings: Settings, zone: tzinfo) -> CallbackPlan:
    """Return how people are called back: the numbers that agents may dial, whether or not agents dial at all."""
    wanted = settings.outbound
    rules = DialRules(allowed=wanted.allowed, denied=wanted.denied, hours="00:00-24:00")

    def address_of(number: str) -> Address | None:
        return outside_address(settings, number) if rules.refusal(number, 0) is None else None

    return CallbackPlan(
        zone,
        wanted.caller_id or settings.dialled_number,
        wanted.ring_s,
        bool(settings.sip.department_trunk),
        address_of,
    )


def opens_in(hours: Hours, now: float, zone: tzinfo) -> float:
    """Return in how many seconds people may be called (0: now)."""
    local = datetime.fromtimestamp(now, zone)
    minute = local.hour * 60 + local.minute
    if hours.include(minute):
        return 0.0
    ahead = next(step for step in range(1, DAY_MINUTES + 1) if hours.include((minute + step) % DAY_MINUTES))
    return ahead * 60.0 - local.second
