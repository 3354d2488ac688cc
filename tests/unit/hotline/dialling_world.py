"""A day in which an agent dials out, without telephony: lines, floor, books and rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from agents import AgentState, Floor, MemoryAgentJournal, PinGuard
from agents.dial_rules import DialRules, Wish
from agents.loader import parse_directory
from calls import (
    AgentId,
    Call,
    CallerHungUp,
    CallId,
    ChannelId,
    Language,
    LineFault,
    ManualClock,
    MemoryTimeline,
    SeatId,
    Sound,
)
from calls.identity import Address
from calls.line import RingOutcome, RingResult, TalkEnd
from calls.summary import Summary, summarise
from calls.timeline import CallEnded, CallPlaced
from hotline.call_timeline import Timelines
from hotline.dialling_out import DiallingOut, DialPlan
from recorder import RecordingFolder
from tickets import StoreUnavailable

DIRECTORY = parse_directory(
    """
skills: {general: {zh: 综合}}
queues: {general: {zh: 综合, needs: {general: 1}, wrap_up_s: 15}}
breaks: {meal: {number: 1, zh: 用餐}}
people: {2001: {name: 王小明, skills: {general: 3}}}
""",
    "directory.yaml",
)
A, SEAT, CALL, NUMBER = AgentId("2001"), SeatId("1001"), CallId("a1-1.1"), "13912345678"
ZONE = ZoneInfo("Asia/Shanghai")
NOON = 1_800_000_000.0  # 2027-01-15, 16:00 in Shanghai


@dataclass
class FakeLine:
    """A seat's line: does what it was told it would, and notes what was asked."""

    outcome: RingOutcome = RingOutcome.ANSWERED
    channel: str = "PJSIP/1001-1"
    call: Call = field(default_factory=lambda: Call(CALL, ChannelId("a1", "1.1"), "1001", "", "*9", NOON))
    asked: list[str] = field(default_factory=list)
    hangs_up_in: str = ""  # the agent does, in this method
    while_ringing: Callable[[], None] = lambda: None
    while_talking: Callable[[], None] = lambda: None

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if what.partition(" ")[0] == self.hangs_up_in:
            raise CallerHungUp

    async def answer(self) -> None:
        self._note("answer")

    async def play(self, sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        self._note(f"play {sounds[0].path}")
        return interrupt

    async def present(self, number: str) -> None:
        self._note(f"present {number}")

    async def set_variable(self, name: str, value: str) -> None:
        assert (name, value) == ("__HOTLINE_CALL", self.call.id)

    async def ring(self, address: Address, **_: Any) -> RingResult:
        self.while_ringing()
        self._note(f"ring {address}")
        return RingResult(self.outcome)

    async def talk(self) -> TalkEnd:
        self.while_talking()
        self._note("talk")
        return TalkEnd.AGENT_LEFT

    async def hang_up(self) -> None:
        self._note("hang_up")


@dataclass
class FakePerson:
    """The line of whom an agent has called."""

    end: TalkEnd | None  # None: they hang up
    call: Call = field(default_factory=lambda: Call(CALL, ChannelId("a1", "1.2"), "", "", "", NOON))
    hung_up: bool = False
    fault: str = ""  # why they cannot be brought together with the agent

    async def join(self, other: FakeLine, *, record_to: Path | None = None) -> None:
        assert other.channel
        assert record_to is not None
        if self.fault:
            raise LineFault(self.fault)

    async def talk(self) -> TalkEnd:
        if self.end is None:
            raise CallerHungUp
        return self.end

    async def hang_up(self) -> None:
        self.hung_up = True


class World:
    """Floor, books and rules of a day."""

    def __init__(self, tmp_path: Path, *, trunk: bool = True, rules: DialRules | None = None) -> None:
        self.clock = ManualClock(NOON)
        self.floor = Floor(DIRECTORY, PinGuard({A: "1111"}), self.clock, MemoryAgentJournal())
        self.floor.login(A, SEAT, "1111")
        self.floor.ready(A)
        self.book = MemoryTimeline()
        self.kept: list[str] = []
        self.rung: list[tuple[str, str]] = []
        self.seat_answers = True
        self.store_is_there = True
        desks: Any = SimpleNamespace(
            floor=self.floor, recordings=RecordingFolder(tmp_path, ZONE), reader=self,
            recorder=SimpleNamespace(talk_ended=lambda _call, path: self.kept.append(path)),
        )  # fmt: skip
        plan = DialPlan(
            rules or DialRules(), ZONE, "12345", 30.0, lambda number: Address(f"to:{number}") if trunk else None
        )
        self.out = DiallingOut(
            plan, desks, Timelines(self.book), self, self.clock, voice=self.voice, ring_seat=self.ring_seat,
            called=self, left_to_others=self.left_to_others,
        )  # fmt: skip
        self.person: FakePerson | None = None  # their own line, where telephony can give one
        self.left: list[TalkEnd] = []
        self.dialled_before: list[Any] = []  # the latest first

    answers_seen = True

    async def line_of_called(self, line: FakeLine) -> "FakePerson | None":
        assert line.call.id
        return self.person

    async def record(self, channel: str, path: Path) -> bool:
        assert path.suffix
        return bool(channel)

    async def left_to_others(self, line: "FakePerson", end: TalkEnd) -> None:
        assert self.state is AgentState.WRAP_UP, "the agent is free while the others talk on"
        assert line is self.person
        self.left.append(end)

    def voice(self, prompt: str, language: Language) -> list[Sound]:
        assert language is Language.ZH
        return [Sound(Path(prompt))]

    def claim(self, call_id: CallId) -> None:
        assert call_id

    async def ticket_state(self, number: str) -> str | None:
        if not self.store_is_there:
            raise StoreUnavailable("gone")
        return "registered" if number == "2611240001" else None

    async def calls(self, **asked: Any) -> list[Any]:
        assert (asked["direction"], asked["running"]) == ("outbound", False)
        if not self.store_is_there:
            raise StoreUnavailable("gone")
        return [one for one in self.dialled_before if one.arrived_at >= asked["since"]]

    async def ring_seat(self, seat: SeatId, call: CallId, dial: str, *, shown: str, ring_s: float) -> bool:
        assert ring_s > 0
        self.rung.append((seat, dial))
        if self.seat_answers:
            await self.out.serve(FakeLine(call=Call(call, ChannelId("a1", call), shown, "", dial, NOON)), seat, WISH)
        return self.seat_answers

    @property
    def state(self) -> AgentState:
        standing = self.floor.standing(A)
        assert standing is not None
        return standing.state

    @property
    def summary(self) -> Summary:
        assert sum(isinstance(event, CallPlaced) for event in self.book.events) == 1
        assert sum(isinstance(event, CallEnded) for event in self.book.events) == 1
        return summarise(self.book.events)

    @property
    def cause(self) -> str:
        [ended] = [event for event in self.book.events if isinstance(event, CallEnded)]
        return ended.cause


WISH = Wish(NUMBER)
