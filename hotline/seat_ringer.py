"""What rings a seat, for whatever was ordered for it."""

from typing import Protocol

from calls import CallId, SeatId


class SeatRinger(Protocol):
    """Rings a seat for a call that was ordered; ``Switchboard.ring_seat`` is one."""

    async def __call__(self, seat: SeatId, call: CallId, dial: str, *, shown: str, ring_s: float) -> bool:
        """Return whether the phone was answered."""
        ...
