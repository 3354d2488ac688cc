"""Offers: an atomic reservation of one agent for one caller, with its own states.

The law of an offer is ``TABLE``; a pair that is not in it is an error. An offer that reached a final state is dropped
from the book: the book holds only what binds somebody.
"""

from dataclasses import dataclass
from enum import StrEnum

from calls.identity import AgentId, CallId


class OfferState(StrEnum):
    """Where an offer stands."""

    MADE = "made"  # agent and caller are reserved for each other
    RINGING = "ringing"  # the agent's phone rings
    ACCEPTED = "accepted"  # they talk; final
    DECLINED = "declined"  # busy or refused at the phone; final
    MISSED = "missed"  # it rang, and nobody answered; final
    FAILED = "failed"  # the phone could not be rung; final
    WITHDRAWN = "withdrawn"  # the caller or the agent went away; final


class OfferEvent(StrEnum):
    """What happens to an offer."""

    RING = "ring"
    ACCEPT = "accept"
    DECLINE = "decline"
    MISS = "miss"
    FAIL = "fail"
    WITHDRAW = "withdraw"


TABLE: dict[tuple[OfferState, OfferEvent], OfferState] = {
    (OfferState.MADE, OfferEvent.RING): OfferState.RINGING,
    (OfferState.MADE, OfferEvent.DECLINE): OfferState.DECLINED,
    (OfferState.MADE, OfferEvent.MISS): OfferState.MISSED,
    (OfferState.MADE, OfferEvent.FAIL): OfferState.FAILED,
    (OfferState.MADE, OfferEvent.WITHDRAW): OfferState.WITHDRAWN,
    (OfferState.RINGING, OfferEvent.ACCEPT): OfferState.ACCEPTED,
    (OfferState.RINGING, OfferEvent.DECLINE): OfferState.DECLINED,
    (OfferState.RINGING, OfferEvent.MISS): OfferState.MISSED,
    (OfferState.RINGING, OfferEvent.FAIL): OfferState.FAILED,
    (OfferState.RINGING, OfferEvent.WITHDRAW): OfferState.WITHDRAWN,
}

FINAL = frozenset(OfferState) - {OfferState.MADE, OfferState.RINGING}


class OfferError(Exception):
    """Something was asked of an offer that its table does not allow, or of one that is not open."""


@dataclass(slots=True)
class Offer:
    """One agent reserved for one caller."""

    id: str
    call: CallId
    agent: AgentId
    made_at: float
    state: OfferState = OfferState.MADE


class OfferBook:
    """All open offers. Two for one caller or for one agent cannot be entered."""

    def __init__(self, series: str = "") -> None:
        self._series = series
        self._made = 0
        self._by_id: dict[str, Offer] = {}
        self._by_call: dict[CallId, Offer] = {}
        self._by_agent: dict[AgentId, Offer] = {}
        self.of_call = self._by_call.get
        """Returns the open offer of a caller, or None."""
        self.of_agent = self._by_agent.get
        """Returns the open offer of an agent, or None."""

    def __len__(self) -> int:
        return len(self._by_id)

    def make(self, call: CallId, agent: AgentId, now: float) -> Offer:
        """Reserve ``agent`` for ``call``; raises ``OfferError`` when either is reserved already."""
        if call in self._by_call or agent in self._by_agent:
            raise OfferError(f"call {call} or agent {agent} has an open offer")
        self._made += 1
        offer = Offer(f"{self._series}{self._made}", call, agent, now)
        self._by_id[offer.id] = self._by_call[call] = self._by_agent[agent] = offer
        return offer

    def step(self, offer_id: str, event: OfferEvent) -> Offer:
        """Let ``event`` happen to an open offer and return it; a final one leaves the book."""
        offer = self.get(offer_id)
        state = TABLE.get((offer.state, event))
        if state is None:
            raise OfferError(f"offer {offer_id} is {offer.state}: {event} is not possible")
        offer.state = state
        if state in FINAL:
            del self._by_id[offer.id], self._by_call[offer.call], self._by_agent[offer.agent]
        return offer

    def get(self, offer_id: str) -> Offer:
        """Return an open offer; raises ``OfferError``."""
        offer = self._by_id.get(offer_id)
        if offer is None:
            raise OfferError(f"offer {offer_id} is not open")
        return offer

    def open(self) -> list[Offer]:
        """Return all open offers."""
        return list(self._by_id.values())
