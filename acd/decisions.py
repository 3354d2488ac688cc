"""What the router decides; the shell carries it out, in order."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from calls.identity import AgentId, CallId


class Withdrawal(StrEnum):
    """Why an offer was withdrawn."""

    CALLER_LEFT = "caller_left"
    AGENT_LEFT = "agent_left"


class MakeOffer(NamedTuple):
    """Ring this agent for this caller. Both are reserved until the shell tells the offer's end.

    By far the most decisions are this one: a named tuple is made in a third of the time.
    """

    offer: str
    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """Stop ringing. The agent is not available again until the shell says so."""

    offer: str
    call: CallId
    agent: AgentId
    reason: Withdrawal


@dataclass(frozen=True, slots=True)
class NobodyStaffed:
    """Nobody on duty has what this waiting caller needs. The caller stays until the shell lets it leave."""

    call: CallId


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A waiting caller asks for less, or for others, from now on; ``stage`` counts the caller's stages from 1."""

    call: CallId
    stage: int


Decision = MakeOffer | WithdrawOffer | NobodyStaffed | Relaxed
