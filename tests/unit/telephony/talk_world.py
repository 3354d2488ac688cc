"""Talks with an AGI session and an AMI that are pretended."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from calls import AgentId, Call, CallId, ChannelId, ManualClock, MemoryTimeline, Sound
from calls.line import RingOutcome
from calls.targets import Target
from telephony.agi_codec import Reply
from telephony.agi_server import AgiHungUp, HangUpCause
from telephony.ami_framing import AmiMessage
from telephony.conversation import Conversation
from telephony.line import ChannelLine
from telephony.parties import Watched

CALL = CallId("a1-1.1")


class Session:
    """An AGI session: ``EXEC`` lasts until it is let go; everything else is done at once."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.left = asyncio.Event()
        self.let_go = asyncio.Event()  # ends what EXEC began
        self.answer = Reply(200, "0")

    async def command(self, *words: str) -> Reply:
        self.given.append(" ".join(words))
        if self.left.is_set():
            raise AgiHungUp(HangUpCause.HANG_UP_LINE)
        if words[0] == "EXEC":
            await self.let_go.wait()
            return self.answer
        return Reply(200, "1")

    async def wait_hang_up(self) -> None:
        await self.left.wait()

    def when_left(self, tell: Callable[[], None]) -> None:
        self._tell_left = tell

    def leave(self) -> None:
        """The channel leaves the session."""
        self.left.set()
        self._tell_left()

    def close(self) -> None:
        self.leave()


class PretendedAmi:
    """An AMI that does what it is asked for, and tells tests of it."""

    connected = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.on_action: Callable[[str], None] = lambda _name: None

    async def action(self, name: str, **_: str) -> AmiMessage:
        self.asked.append(name)
        self.on_action(name)
        return AmiMessage([("Response", "Success"), ("Value", "PJSIP/other")])

    async def collect(self, name: str, complete: str, **_: str) -> list[AmiMessage]:
        assert (name, complete) == ("Status", "StatusComplete")
        return [AmiMessage([("Event", "Status"), ("Data", "between-other")])]


def line_of(session: Session, ami: PretendedAmi, number: str) -> ChannelLine:
    call = Call(CALL, ChannelId("a1", number), "13800000001", "", "12345", 0.0)
    return ChannelLine(
        call, f"PJSIP/{number}", session, ami,  # type: ignore[arg-type]
        timeline=MemoryTimeline(), clock=ManualClock(1000.0), beep=Sound(Path("beep")),
    )  # fmt: skip


async def turns(times: int = 20) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


class Desk:
    """The hotline's side: takes note of everything."""

    def __init__(self) -> None:
        self.going: list[Target] = []
        self.gone: list[str] = []  # who has left, or is rung no more

    async def sounds(self, *_phrases: str) -> list[Sound]:
        return []

    def passes_on(self, call: CallId, target: Target) -> None:
        assert call == CALL
        self.going.append(target)

    def left(self, call: CallId, target: Target, by: str) -> None:
        assert (call, by) == (CALL, "system")
        self.gone.append(target.party)

    def failed(self, call: CallId, target: Target, outcome: RingOutcome | None) -> None:
        assert (call, outcome) == (CALL, None)
        self.gone.append(f"{target.party} ringing")


def conversation(line: ChannelLine, ami: PretendedAmi, desk: Desk) -> Conversation:
    board: Any = SimpleNamespace(
        ami=ami, watch=lambda _id: Watched(), listen=lambda _id, _hears: None, department_codes=lambda: ()
    )
    hotline: Any = desk
    return Conversation(
        line, AgentId("2001"), "PJSIP/1001", "1.2", hotline, board, timeline=MemoryTimeline(), clock=ManualClock(1000.0)
    )
