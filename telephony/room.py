"""A three-way call: caller, agent and a department in one ConfBridge room.

The department is rung while caller and agent still talk on their own bridge; only when it answers, one Redirect moves
both into the room where it waits. So a department that is busy or absent disturbs nobody, and only calls that really
are three-way pay for mixing.
"""

import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass

import structlog

from calls import CallId, Clock, Timeline
from calls.identity import Address
from calls.timeline import PartyInvited, PartyJoined, PartyLeft
from telephony.ami import Ami, AmiError
from telephony.ami_framing import AmiMessage
from telephony.dialling import ring_outcome

log = structlog.get_logger(__name__)

RETURN_CONTEXT = "inbound-return"  # extensions.conf: AGI again with the same call id
ROOM_CONTEXT = "conference"  # agents and departments
CALLER_ROOM_CONTEXT = "conference-caller"  # the caller's channel, which comes back to AGI afterwards

_REASONS = {"0": "unreachable", "1": "no_answer", "3": "no_answer", "5": "busy", "8": "unreachable"}
_CAUSE_GRACE_S = 1.0  # how long a leg's Hangup may lag behind the response that it caused
_sequence = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Department:
    """A department that can be brought into a talk."""

    key: str
    address: Address
    number: str
    ring_s: float = 30.0


class Room:
    """One call's three-way room. Fed with the call's conference events; tells by ``changed`` when somebody moved."""

    def __init__(
        self, call: CallId, caller: str, agent: str, ami: Ami, *, caller_number: str, timeline: Timeline, clock: Clock
    ) -> None:
        self.name = f"room-{call}"
        self.changed = asyncio.Event()
        self.agent_left = False
        self._call = call
        self._caller, self._agent = caller, agent  # channel names
        self._caller_number = caller_number
        self._ami = ami
        self._timeline = timeline
        self._clock = clock
        self._present: dict[str, str] = {}  # channel name -> party
        self._invited: dict[str, str] = {}  # unique id of a department's leg -> department key
        self._causes: dict[str, asyncio.Future[str]] = {}  # unique id of a department's leg -> why it was hung up
        self.opened = False

    @property
    def others_present(self) -> bool:
        """Whether anybody but the caller and the agent is in the room."""
        return any(party.startswith("department:") for party in self._present.values())

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels that are in the room."""
        return tuple(self._present)

    def left(self, channel: str) -> None:
        """Take it that a channel has left the room (idempotent)."""
        party = self._present.pop(channel, None)
        if party is not None:
            self._timeline.append(PartyLeft(call=self._call, at=self._clock.now(), party=party))
            self.agent_left = self.agent_left or party == "agent"
            self.changed.set()

    async def ring_department(self, department: Department) -> str:
        """Ring a department; return "" when it answered (it is then in the room, waiting) or why it did not."""
        leg = f"{self._call}-d{next(_sequence)}"
        self._timeline.append(
            PartyInvited(call=self._call, at=self._clock.now(), party=f"department:{department.key}",
                         number=department.number)
        )  # fmt: skip
        self._invited[leg] = department.key
        self._causes[leg] = asyncio.get_running_loop().create_future()
        try:
            response = await self._ami.originate(
                Channel=department.address, Context=ROOM_CONTEXT, Exten=self.name, Priority="1",
                Timeout=str(int(department.ring_s * 1000)), ChannelId=leg, CallerID=f"<{self._caller_number}>",
                Variable=[f"HOTLINE_CALL={self._call}"], timeout_s=department.ring_s + 5,
            )  # fmt: skip
        except AmiError as error:
            return self._not_joined(department.key, str(error))
        if response.get("Response") != "Success":
            return self._not_joined(department.key, await self._why(leg, _REASONS.get(response.get("Reason"), "")))
        return ""

    async def open(self) -> None:
        """Move caller and agent in, in one step. Raises ``AmiError`` when Asterisk refuses."""
        await self._ami.action(
            "Redirect",
            Channel=self._caller, Context=CALLER_ROOM_CONTEXT, Exten=self.name, Priority="1",
            ExtraChannel=self._agent, ExtraContext=ROOM_CONTEXT, ExtraExten=self.name, ExtraPriority="1",
        )  # fmt: skip
        self.opened = True

    async def release_caller(self) -> None:
        """Bring the caller's channel back to AGI."""
        await self._ami.action("Redirect", Channel=self._caller, Context=RETURN_CONTEXT, Exten="s", Priority="1")

    async def dismiss(self, department: str) -> None:
        """Hang up a department's leg (nobody is left to talk to it)."""
        for channel, party in list(self._present.items()):
            if party == f"department:{department}" or department == "*":
                try:
                    await self._ami.action("Hangup", Channel=channel, Cause="16")
                except AmiError as error:
                    log.debug("room.dismiss", error=str(error))

    def on_hangup(self, leg: str, cause: str) -> None:
        """Take the end of a channel that may be a department's leg. ``cause``: by Q.850."""
        known = self._causes.get(leg)
        if known is not None and not known.done():
            known.set_result(cause)

    def on_event(self, event: AmiMessage) -> None:
        """Take a ConfbridgeJoin or ConfbridgeLeave of this room."""
        channel, unique_id = event.get("Channel"), event.get("Uniqueid")
        party = self._party(channel, unique_id)
        at = self._clock.now()
        if event.event == "ConfbridgeJoin":
            self._present[channel] = party
            self._timeline.append(PartyJoined(call=self._call, at=at, party=party))
        elif event.event == "ConfbridgeLeave":
            self.left(channel)
        self.changed.set()

    def _party(self, channel: str, unique_id: str) -> str:
        if channel == self._caller:
            return "caller"
        if channel == self._agent:
            return "agent"
        return f"department:{self._invited.get(unique_id, 'unknown')}"

    async def _why(self, leg: str, told: str) -> str:
        """Return why a leg failed: Originate tells a time-out, but for a refusal only "no such number" (0)."""
        if told == "no_answer":
            return told
        with suppress(TimeoutError):
            async with asyncio.timeout(_CAUSE_GRACE_S):
                return str(ring_outcome("CHANUNAVAIL" if told == "unreachable" else "", await self._causes[leg]))
        return told or "failed"

    def _not_joined(self, department: str, reason: str) -> str:
        self._timeline.append(
            PartyLeft(call=self._call, at=self._clock.now(), party=f"department:{department}", reason=reason)
        )
        return reason
