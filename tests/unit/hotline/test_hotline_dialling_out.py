"""Calls that agents make, on a pretended line: what becomes of each is in the books and on the floor."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agents import AgentState, Floor, MemoryAgentJournal, PinGuard
from agents.dial_rules import DialRefusal, DialRules, Wish
from agents.loader import parse_directory
from calls import AgentId, Call, CallerHungUp, CallId, ChannelId, Language, ManualClock, MemoryTimeline, SeatId, Sound
from calls.identity import Address
from calls.line import RingOutcome, RingResult, TalkEnd
from calls.summary import Summary, summarise
from calls.timeline import CallEnded, CallPlaced
from hotline.asterisk_plan import outside_address
from hotline.call_timeline import Timelines
from hotline.dialling_orders import DialOrders, dial_plan
from hotline.dialling_out import DiallingOut, DialPlan
from hotline.http import BadOrder
from hotline.settings import Settings
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

    async def join(self, other: FakeLine, *, record_to: Path | None = None) -> None:
        assert other.channel
        assert record_to is not None

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


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_talk_is_presented_recorded_and_followed_by_wrap_up(world: World) -> None:
    seen: list[AgentState] = []
    line = FakeLine(
        while_ringing=lambda: seen.append(world.state),
        while_talking=lambda: (seen.append(world.state), world.clock.advance(30))[0],
    )
    await world.out.serve(line, SEAT, Wish(NUMBER, "2611240001"))
    assert line.asked == ["answer", "present 12345", f"ring to:{NUMBER}", "talk", "hang_up"]
    assert (seen, world.state) == ([AgentState.DIALLING, AgentState.TALKING], AgentState.WRAP_UP)
    told = world.summary
    assert (told.outcome, told.direction, told.agent, told.seat) == ("answered", "outbound", "2001", "1001")
    assert (told.dialled, told.ticket, told.talking_s, world.cause) == (NUMBER, "2611240001", 30.0, "callee")
    assert world.kept == [told.recording]


@pytest.mark.parametrize(
    ("rung", "outcome"),
    [(RingOutcome.BUSY, "busy"), (RingOutcome.DECLINED, "busy"), (RingOutcome.NO_ANSWER, "no_answer"),
     (RingOutcome.UNREACHABLE, "failed"), (RingOutcome.FAILED, "failed")],
)  # fmt: skip
async def test_what_comes_to_nothing_is_told_and_the_agent_is_back_where_they_were(
    world: World, rung: RingOutcome, outcome: str
) -> None:
    world.floor.start_break(A, "meal")
    line = FakeLine(outcome=rung)
    await world.out.serve(line, SEAT, WISH)
    assert line.asked[-2:] == [f"play dial.{outcome}", "hang_up"]
    assert (world.summary.outcome, world.summary.recording, world.state) == (outcome, "", AgentState.BREAK)
    assert world.kept == []


async def test_while_the_agent_hears_that_it_is_busy_no_caller_is_meant_for_them(world: World) -> None:
    line = FakeLine(outcome=RingOutcome.BUSY)
    states: list[AgentState] = []
    play = line.play

    async def listening(sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        states.append(world.state)
        return await play(sounds, interrupt=interrupt)

    line.play = listening  # type: ignore[method-assign]
    await world.out.serve(line, SEAT, WISH)
    assert (states, world.state) == ([AgentState.DIALLING], AgentState.READY)


@pytest.mark.parametrize(
    ("hangs_up_in", "outcome", "state"),
    [("ring", "no_answer", AgentState.READY), ("talk", "answered", AgentState.WRAP_UP),
     ("present", "no_answer", AgentState.READY)],
)  # fmt: skip
async def test_the_agent_may_hang_up_at_any_time(
    world: World, hangs_up_in: str, outcome: str, state: AgentState
) -> None:
    await world.out.serve(FakeLine(hangs_up_in=hangs_up_in), SEAT, WISH)
    assert (world.summary.outcome, world.cause, world.state) == (outcome, "agent", state)


@pytest.mark.parametrize(
    ("end", "cause", "left"),
    [(TalkEnd.AGENT_LEFT, "agent", []), (None, "callee", []),
     (TalkEnd.PASSED_ON, "callee", [TalkEnd.PASSED_ON]), (TalkEnd.HANDED_OVER, "callee", [TalkEnd.HANDED_OVER])],
)  # fmt: skip
async def test_whom_the_agent_called_can_be_left_to_others_and_is_hung_up_otherwise(
    world: World, end: TalkEnd | None, cause: str, left: list[TalkEnd]
) -> None:
    world.person = FakePerson(end)
    await world.out.serve(FakeLine(), SEAT, WISH)
    assert (world.summary.outcome, world.cause, world.state) == ("answered", cause, AgentState.WRAP_UP)
    assert (world.left, world.person.hung_up, world.person.call.caller) == (left, end is not None, NUMBER)


async def test_a_fault_of_ours_is_a_failed_call_and_keeps_nobody_dialling(world: World) -> None:
    def breaks() -> None:
        raise OSError("the disk is full")

    await world.out.serve(FakeLine(while_ringing=breaks), SEAT, WISH)
    assert (world.summary.outcome, world.cause) == ("failed", "OSError: the disk is full")
    assert world.state is AgentState.READY


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish("110"), DialRefusal.EMERGENCY),
        (Wish("95588"), DialRefusal.NOT_ALLOWED),
        (Wish(NUMBER, "2611249999"), DialRefusal.NO_TICKET),
    ],
)
async def test_refusals_are_spoken_and_kept_and_nothing_is_dialled(world: World, wish: Wish, why: DialRefusal) -> None:
    line = FakeLine()
    await world.out.serve(line, SEAT, wish)
    assert line.asked == ["answer", f"play dial.{why}", "hang_up"]
    assert (world.summary.outcome, world.cause, world.summary.dialled) == ("refused", why, wish.number)
    assert world.state is AgentState.READY


async def test_at_night_nobody_is_called(world: World) -> None:
    world.clock.advance(8 * 3600)
    line = FakeLine()
    await world.out.serve(line, SEAT, WISH)
    assert line.asked[1] == "play dial.outside_hours"


async def test_without_a_way_out_it_is_said(tmp_path: Path) -> None:
    world = World(tmp_path, trunk=False)
    await world.out.serve(FakeLine(), SEAT, WISH)
    assert (world.summary.outcome, world.cause) == ("refused", "no_trunk")


async def test_a_ticket_that_cannot_be_looked_up_is_not_taken_for_granted(world: World) -> None:
    world.store_is_there = False
    await world.out.serve(FakeLine(), SEAT, Wish(NUMBER, "2611240001"))
    assert (world.summary.outcome, world.cause) == ("refused", "no_ticket")


async def test_who_is_talking_cannot_dial(world: World) -> None:
    world.floor.dials_out(A, CallId("other"))
    await world.out.serve(FakeLine(), SEAT, WISH)
    assert (world.cause, world.state) == ("not_now", AgentState.DIALLING)


async def test_where_nobody_is_logged_in_nothing_is_dialled_or_kept(world: World) -> None:
    line = FakeLine()
    await world.out.serve(line, SeatId("1002"), WISH)
    assert line.asked == ["answer", "play seat.not_logged_in", "hang_up"]
    assert world.book.events == []


# -- ordered -----------------------------------------------------------------------------------------------------------


async def test_an_ordered_call_rings_the_seat_and_is_one_call(world: World) -> None:
    call, refusal = await world.out.order(A, Wish(NUMBER, "2611240001"))
    assert (refusal, world.state) == (None, AgentState.DIALLING)  # before the seat rings: no caller comes between
    await settled(world)
    assert world.rung == [("1001", f"*9{NUMBER}*2611240001")]
    assert {event.call for event in world.book.events} == {call}
    assert (world.summary.outcome, world.summary.ticket) == ("answered", "2611240001")
    assert world.state is AgentState.WRAP_UP


async def test_an_ordered_call_whose_seat_is_not_answered_came_to_nothing(world: World) -> None:
    world.seat_answers = False
    await world.out.order(A, WISH)
    await settled(world)
    assert (world.summary.outcome, world.state) == ("no_answer", AgentState.READY)


async def settled(world: World) -> None:
    async with asyncio.timeout(5):
        while not any(isinstance(event, CallEnded) for event in world.book.events) or world.state in (  # noqa: ASYNC110
            AgentState.DIALLING,
            AgentState.TALKING,
        ):
            await asyncio.sleep(0)
    await world.out.close()


async def test_orders_over_http_are_looked_at_closely(world: World) -> None:
    orders = DialOrders(world.out)
    for told in (
        {}, {"agent": "2001"}, {"agent": 2001, "number": NUMBER}, {"agent": "2001", "number": "138\r\nAction: x"},
        {"agent": "2001", "number": NUMBER, "ticket": "1&2"}, {"agent": "2001", "number": NUMBER, "more": 1},
    ):  # fmt: skip
        with pytest.raises(BadOrder):
            await orders(told)
    assert world.book.events == []
    done = await orders({"agent": "2001", "number": "110"})
    assert (done["ok"], done["result"]) == (False, "emergency")
    done = await orders({"agent": "2002", "number": NUMBER})
    assert (done["ok"], done["result"]) == (False, "not_logged_in")


def test_only_digits_ever_become_an_address() -> None:
    settings = Settings.model_validate({"sip": {"department_trunk": "sip:192.0.2.7:5060"}})
    assert outside_address(settings, NUMBER) == f"PJSIP/departments/sip:{NUMBER}@192.0.2.7:5060"
    for bad in ("", "138&PJSIP/1001", "138@evil", "１３８", "+86138"):
        with pytest.raises(ValueError, match="digits"):
            outside_address(settings, bad)
    assert outside_address(Settings.model_validate({}), NUMBER) is None


def test_the_plan_follows_the_settings() -> None:
    wanted = {"allowed": ["95*"], "denied": ["955*"], "hours": "00:00-24:00", "caller_id": "01012345"}
    plan = dial_plan(Settings.model_validate({"outbound": wanted}), ZONE)
    assert (plan.caller_id, plan.rules.refusal("951", 0), plan.rules.refusal("95588", 0)) == (
        "01012345", None, DialRefusal.DENIED,
    )  # fmt: skip
    assert dial_plan(Settings.model_validate({}), ZONE).caller_id == "12345"


@pytest.mark.parametrize("wrong", [{"allowed": ["1[9-3]"]}, {"hours": "8-21"}, {"caller_id": "12 34"}])
def test_wrong_settings_are_mistakes(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"write|match"):
        Settings.model_validate({"outbound": wrong})
