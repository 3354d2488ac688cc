"""What rings a seat, for whatever was ordered for it."""

from typing import Protocol

from agents import DeviceState
from calls import CallId, SeatId

_WHY_NOT = {
    DeviceState.IN_USE: "it is in use",
    DeviceState.RINGING: "it rings",
    DeviceState.UNREACHABLE: "it is not registered, or does not answer",
}


def why_not_rung(seat: SeatId, device: DeviceState) -> str:
    """Return what to tell whoever ordered something for a seat whose phone cannot be rung now; "": it can be."""
    return "" if device is DeviceState.IDLE else f"the phone of seat {seat} is not free: {_WHY_NOT[device]}"


class SeatRinger(Protocol):
    """Rings a seat for a call that was ordered; ``Switchboard.ring_seat`` is one."""

    async def __call__(self, seat: SeatId, call: CallId, dial: str, *, shown: str, ring_s: float) -> bool:
        """Return whether the phone was answered."""
        ...
