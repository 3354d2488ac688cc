"""Compares what the floor believes with what Asterisk's channels and phones say. Pure: others look, and repair.

One look proves nothing: between reading the channels and comparing them the world goes on. ``Reconciler`` therefore
reports only what two looks in a row found, in the very same state of the very same agent.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agents.journal import NO_CALL, AgentEvent
from agents.states import OFFERED_STATES, TALK_STATES, AgentState, DeviceState
from calls.identity import AgentId, CallId, SeatId

NO_AGENT = AgentId("")

_HURRY_S = 3.0  # an offer younger than this may not have reached its phone yet
_LONGEST_RESERVATION_S = 120.0  # somebody may be dialled for the agent meanwhile (a callback); that takes no longer


class Fault(StrEnum):
    """What can be wrong."""

    OFFER_WITHOUT_CALL = "offer_without_call"  # reserved or rung for a caller who is gone
    OFFER_WITHOUT_PHONE = "offer_without_phone"  # rung, but the phone has no channel
    OFFER_FORGOTTEN = "offer_forgotten"  # reserved for longer than anything takes
    TALK_WITHOUT_CALL = "talk_without_call"  # the call is over, and the phone is connected to nobody
    TALK_WITHOUT_PHONE = "talk_without_phone"  # the phone has no channel
    DIAL_WITHOUT_PHONE = "dial_without_phone"  # dials out, but the phone has no channel
    PHONE_DIFFERS = "phone_differs"  # the phone is in another state than believed


@dataclass(frozen=True, slots=True)
class SeatChannel:
    """A channel of a seat's phone."""

    seat: SeatId
    bridged: bool  # connected to somebody


@dataclass(frozen=True, slots=True)
class Look:
    """What Asterisk and the service's calls say at one moment."""

    channels: tuple[SeatChannel, ...]
    devices: Mapping[SeatId, DeviceState]
    calls: Collection[CallId]  # whose coroutines run, or that are being taken over


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that does not fit. ``since`` tells this state of an agent from a later one that looks the same."""

    fault: Fault
    seat: SeatId
    agent: AgentId = NO_AGENT
    call: CallId = NO_CALL
    since: float = 0.0
    heard: int = 0  # with PHONE_DIFFERS: how often the phone's state had been told
    seen: DeviceState | None = None  # with PHONE_DIFFERS: what is true


def compare(
    standings: Iterable[AgentEvent], believed: Mapping[SeatId, tuple[DeviceState, int]], look: Look, now: float
) -> list[Discrepancy]:
    """Return what does not fit. ``believed`` is what the floor holds of every seat's phone, and how many times it was
    told: a phone of which news came between two looks was only caught in the middle of a change."""
    bridged: dict[SeatId, bool] = {}
    for channel in look.channels:
        bridged[channel.seat] = bridged.get(channel.seat, False) or channel.bridged
    found = []
    for standing in standings:
        fault = _fault(standing, bridged.get(standing.seat), standing.call in look.calls, now)
        if fault is not None:
            found.append(Discrepancy(fault, standing.seat, standing.agent, standing.call, standing.since))
    for seat, (device, heard) in believed.items():
        seen = look.devices.get(seat, device)
        if seen is DeviceState.IDLE and seat in bridged:
            seen = DeviceState.IN_USE
        if seen is not device:
            found.append(Discrepancy(Fault.PHONE_DIFFERS, seat, heard=heard, seen=seen))
    return found


def _fault(standing: AgentEvent, bridged: bool | None, call_lives: bool, now: float) -> Fault | None:
    """Return what is wrong with one agent. ``bridged`` is None when the phone has no channel."""
    state, age_s = standing.state, now - standing.since
    faults = {
        Fault.OFFER_WITHOUT_CALL: state in OFFERED_STATES and not call_lives,
        Fault.OFFER_FORGOTTEN: state is AgentState.RESERVED and age_s > _LONGEST_RESERVATION_S,
        Fault.OFFER_WITHOUT_PHONE: state is AgentState.RINGING and bridged is None and age_s > _HURRY_S,
        Fault.TALK_WITHOUT_PHONE: state in TALK_STATES and bridged is None,
        Fault.TALK_WITHOUT_CALL: state in TALK_STATES and bridged is False and not call_lives,
        Fault.DIAL_WITHOUT_PHONE: state is AgentState.DIALLING and bridged is None,
    }
    return next((fault for fault, wrong in faults.items() if wrong), None)


class Reconciler:
    """Remembers the last look."""

    def __init__(self) -> None:
        self._before: frozenset[Discrepancy] = frozenset()

    def confirmed(self, found: Iterable[Discrepancy]) -> list[Discrepancy]:
        """Take what this look found; return what the one before had found too, in order."""
        now = list(found)
        both = [one for one in now if one in self._before]
        self._before = frozenset(now)
        return both

    def forget(self) -> None:
        """Nothing could be seen this time: the next two looks count anew."""
        self._before = frozenset()
