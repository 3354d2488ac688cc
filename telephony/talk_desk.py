"""What a conversation asks of the hotline: whom a wish means, what the agent is to hear, and who takes note."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from calls import AgentId, CallId, Sound
from calls.line import RingOutcome
from calls.targets import Target


class TalkDesk(Protocol):
    """The hotline's side of all conversations."""

    def agent_of(self, call: CallId) -> AgentId | None:
        """Return who talks with the caller; None: no agent of ours does."""
        ...

    def look_up(self, call: CallId, wanted: str, *, to_ring: bool, by: AgentId | None = None) -> Target:
        """Return whom the digits that an agent pressed mean, or the words of an order (``department:water``).

        ``to_ring``: it must be a telephone; a queue is then whoever of it is free. ``by``: the agent who wishes it;
        None: a supervisor. Raises ``NoTarget``.
        """
        ...

    def named(self, call: CallId, party: str) -> Target:
        """Return the target that a timeline calls by this name, whether it can be rung now or not."""
        ...

    async def sounds(self, phrase: str) -> Sequence[Sound]:
        """Return what an agent hears, in the agents' language."""
        ...

    def consult_file(self, call: CallId) -> tuple[Path, str] | None:
        """Return the file into which agent and third, who talk without the caller from now on, are to be recorded, and
        its name for the timeline; None: they are not."""
        ...

    def rings(self, call: CallId, target: Target) -> Target:
        """A target is about to be rung; return it, or who is rung because it was taken meanwhile. Raises ``NoTarget``
        when it cannot be rung now."""
        ...

    def rings_on(self, call: CallId, target: Target) -> None:
        """It is still being rung, as a former service had begun."""
        ...

    def answered(self, call: CallId, target: Target) -> None:
        """It answered."""
        ...

    def failed(self, call: CallId, target: Target, outcome: RingOutcome | None) -> None:
        """It was rung in vain; None: the ringing was called off."""
        ...

    def instead(self, call: CallId, tried: Sequence[Target], outcome: RingOutcome) -> Target | None:
        """Return who is rung now that the last of ``tried`` was in vain, and take note of both; None: nobody."""
        ...

    def left(self, call: CallId, target: Target, by: str) -> None:
        """It is no longer in the conversation. ``by``: caller, agent or system."""
        ...

    def takes_over(self, call: CallId, target: Target) -> None:
        """The agent has left the caller to it."""
        ...

    def parks(self, call: CallId, agent: AgentId) -> Target:
        """Return the place where the agent parks the caller. Raises ``NoTarget`` when none is left."""
        ...

    def passes_on(self, call: CallId, target: Target) -> None:
        """The agent has left, and the caller is to go there."""
        ...
