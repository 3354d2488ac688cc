"""Talks that outlive the service: what the next one takes them up with.

A caller who talks is bridged by a command of an AGI session that is dead. So caller and agent are moved in one step:
the caller back to AGI, where a new session bridges both anew (or all go into the conference again), and all can be done
in the talk that could be done before. A caller on hold comes back to AGI without being moved. What happened meanwhile
(somebody has left, or has answered) happens to the conversation as if it happened now.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from calls import CallId
from calls.conversation import State
from calls.ongoing import OngoingTalk
from telephony.ami import Ami, AmiError, AmiRefused
from telephony.channels import LiveChannel
from telephony.leg import Leg
from telephony.moves import BETWEEN, Moves
from telephony.parties import Watched

if TYPE_CHECKING:
    from telephony.line import ChannelLine

log = structlog.get_logger(__name__)

BRIDGED = frozenset({State.TALKING, State.SWAPPED, State.INVITING})
"""Caller and agent are on a two-party bridge."""

_BACK = "inbound-return"  # the caller's way to AGI


@dataclass(slots=True)
class OutlivedTalk:
    """A talk of a former service. ``alive``: the channels of its parties, by unique id; ``agent`` is among them unless
    it has left meanwhile. ``record_to`` is the file into which it is being recorded, ``consult_to`` that of what agent
    and third say without the caller, None when it is not."""

    call: CallId
    talk: OngoingTalk
    caller: LiveChannel
    agent: LiveChannel | None
    alive: Mapping[str, LiveChannel]
    record_to: Path | None = None
    consult_to: Path | None = None
    desk: "asyncio.Future[ChannelLine] | None" = None  # the agent's line, which comes by itself
    agent_watch: Watched = field(default_factory=Watched)
    third_watches: dict[str, Watched] = field(default_factory=dict)

    @property
    def leg(self) -> Leg:
        """The agent's leg. One that has left meanwhile has names that no channel has."""
        name, unique_id = f"gone-{self.call}", f"gone-{self.call}"
        if self.agent is not None:
            name, unique_id = self.agent.name, self.agent.unique_id
        leg = Leg(name, unique_id, rang=True)
        leg.answered.set()
        return leg

    def in_room(self, alive: Mapping[str, LiveChannel]) -> list[LiveChannel]:
        """Return agent and thirds who have a part in the conference."""
        ids = [third.channel for third in self.talk.thirds if third.joined]
        agent = [] if self.agent is None else [self.agent.unique_id]
        return [alive[unique_id] for unique_id in (*agent, *ids) if unique_id in alive]

    def look(self, alive: Mapping[str, LiveChannel]) -> None:
        """Take it that whoever has no channel any more has left."""
        if self.agent is None or self.agent.unique_id not in alive:
            self.agent_watch.gone.set()
        for unique_id, watched in self.third_watches.items():
            if unique_id not in alive:
                watched.gone.set()

    async def recall(self, ami: Ami, alive: Mapping[str, LiveChannel]) -> None:
        """Have a caller who is bridged come back to AGI, if they still are as they were; out of a conference also when
        the agent has left it, for nobody would see to those who are left. Raises ``AmiError``."""
        caller = alive.get(self.caller.unique_id)
        agent = None if self.agent is None else alive.get(self.agent.unique_id)
        if caller is None:
            return
        if self.talk.state is State.MERGED and caller.application == "ConfBridge":
            for party in self.in_room(alive):  # first, for with the caller the conference ends
                with suppress(AmiRefused):  # it has just gone, which is told otherwise
                    await ami.action("Redirect", Channel=party.name, Context=BETWEEN, Exten="s", Priority="1")
            await ami.action("Redirect", Channel=caller.name, Context=_BACK, Exten="s", Priority="1")
        elif agent is None:
            return  # whoever is left comes back, or hangs up, by itself
        elif self.talk.state in BRIDGED and caller.bridge_id and caller.bridge_id == agent.bridge_id:
            await ami.action(
                "Redirect", Channel=caller.name, Context=_BACK, Exten="s", Priority="1",
                ExtraChannel=agent.name, ExtraContext=BETWEEN, ExtraExten="s", ExtraPriority="1",
            )  # fmt: skip


class OutlivedTalks:
    """The talks of a former service that nobody has taken up yet."""

    def __init__(
        self,
        ami: Ami,
        expect_desk: "Callable[[CallId], asyncio.Future[ChannelLine]]",
        watch: Callable[[str], Watched],
    ) -> None:
        self._ami, self._expect_desk, self._watch = ami, expect_desk, watch
        self._talks: dict[CallId, OutlivedTalk] = {}

    def expect(
        self, call: CallId, talk: OngoingTalk, caller: LiveChannel, alive: Mapping[str, LiveChannel],
        record_to: Path | None, *, consult_to: Path | None = None,
    ) -> bool:  # fmt: skip
        """Have a talk taken up when its caller comes back; return False when there is none any more."""
        agent = leg_of(caller, talk.seat, alive)
        if agent is None and talk.state in (State.TALKING, State.HELD):
            return False
        outlived = OutlivedTalk(call, talk, caller, agent, alive, record_to, consult_to)
        if talk.state in (State.HELD, State.ASKING):
            outlived.desk = self._expect_desk(call)
        if agent is not None:
            outlived.agent_watch = self._watch(agent.unique_id)
        outlived.third_watches = {third.channel: self._watch(third.channel) for third in talk.thirds if third.channel}
        outlived.look(alive)
        self._talks[call] = outlived
        return True

    async def recall(self, call: CallId, alive: Mapping[str, LiveChannel]) -> None:
        """Have the caller of a talk come back. What Asterisk refuses is logged: they come when the bridge ends."""
        outlived = self._talks.get(call)
        if outlived is None:
            return
        outlived.look(alive)
        try:
            await outlived.recall(self._ami, alive)
        except AmiError as error:
            log.warning("outlived.not_recalled", call=call, error=str(error))

    def take(self, call: CallId) -> OutlivedTalk | None:
        """Return the talk of a caller who has come back, and forget it."""
        return self._talks.pop(call, None)

    async def end(self, call: CallId, talk: OngoingTalk, caller: str, alive: Mapping[str, LiveChannel]) -> None:
        """The caller (a unique id) hung up before coming back: over for all who were in the talk."""
        self._talks.pop(call, None)
        moves = Moves(self._ami, f"room-{call}")
        thirds = {third.channel for third in talk.thirds}
        for channel in alive.values():
            ours = channel.linked_id == caller or channel.unique_id in thirds or is_invited(channel.unique_id, call)
            if ours and channel.unique_id != caller:
                await moves.hang_up(channel.name)


def leg_of(caller: LiveChannel, seat: str, alive: Mapping[str, LiveChannel]) -> LiveChannel | None:
    """Return the seat's channel in the caller's talk."""
    for channel in alive.values():
        together = channel.linked_id == caller.linked_id or (
            channel.bridge_id and channel.bridge_id == caller.bridge_id
        )
        if channel.unique_id != caller.unique_id and channel.name.startswith(f"PJSIP/{seat}-") and together:
            return channel
    return None


def is_invited(unique_id: str, call: CallId) -> bool:
    """Whether a channel was originated into the conference of a call, by its unique id."""
    return unique_id.startswith(f"{call}-d")
