"""Feature codes: how they are read, and what a seat's phone hears when they are carried out."""

import pytest

from agents import AgentState, Floor, LoginResult, MemoryAgentJournal, PinGuard, Result, parse, serve_seat
from agents.feature_codes import Code, Command
from agents.loader import parse_directory
from agents.phrases import phrases_of
from calls import AgentId, Call, CallId, ChannelId, ManualClock, SeatId, Sound
from calls.line import Digits, DigitsEnd

DIRECTORY = parse_directory(
    """
seats: {first: 1001, last: 1002}
skills: {general: {zh: 综合}}
queues: {general: {zh: 综合, needs: {general: 1}}}
breaks: {meal: {number: 1, zh: 用餐}, rest: {number: 2, zh: 小休}}
people: {2001: {name: 甲, skills: {general: 3}}, 2002: {name: 乙, skills: {general: 3}}}
""",
    "directory.yaml",
)
A, SEAT = AgentId("2001"), SeatId("1001")


class Phone:
    """A seat's phone in a code call: types what the test typed ahead, and keeps the prompts heard."""

    def __init__(self, *typed: str) -> None:
        self.call = Call(CallId("s"), ChannelId("n", "s"), "1001", "", "*11", 0.0)
        self.typed = list(typed)
        self.heard: list[str] = []

    async def answer(self) -> None:
        self.heard.append("answered")

    async def play(self, sounds, *, interrupt="") -> str:
        self.heard += [str(sound.path) for sound in sounds]
        return ""

    async def collect(self, sounds, wanted) -> Digits:
        await self.play(sounds)
        pressed = self.typed.pop(0) if self.typed else ""
        return Digits(pressed, DigitsEnd.TERMINATED if pressed else DigitsEnd.TIMEOUT)


def voice(prompt, language):
    assert prompt in phrases_of(DIRECTORY), prompt
    return [Sound(prompt)]


@pytest.fixture
def floor() -> Floor:
    return Floor(DIRECTORY, PinGuard({A: "1111", AgentId("2002"): "2222"}), ManualClock(), MemoryAgentJournal())


async def dial(floor: Floor, code: str, *typed: str, seat: str = SEAT) -> list[str]:
    phone = Phone(*typed)
    await serve_seat(phone, SeatId(seat), code, floor, voice)
    return phone.heard[1:]


@pytest.mark.parametrize(
    ("dialled", "command"),
    [
        ("*10", Command(Code.SAY_STATE)),
        ("*11", Command(Code.LOG_IN)),
        ("*132", Command(Code.BREAK, "2")),
        ("*13", Command(Code.BREAK)),
        ("*15", Command(Code.END_WRAP_UP)),
        ("*121", None),
        ("*17", None),
        ("*1", None),
        ("12", None),
        ("*13２", None),
        ("*12\n", None),
    ],
)
def test_codes_are_read_exactly(dialled, command):
    assert parse(dialled) == command


async def test_a_day_at_the_phone(floor):
    assert await dial(floor, "*10") == ["seat.not_logged_in"]
    assert await dial(floor, "*11", "2001", "1111") == ["seat.ask_agent", "seat.ask_pin", "seat.logged_in"]
    assert await dial(floor, "*10") == ["seat.state.break", "seat.break.login"]
    assert await dial(floor, "*12") == ["seat.ready"]
    assert floor.standing(A).state is AgentState.READY
    assert await dial(floor, "*10") == ["seat.state.ready"]
    assert await dial(floor, "*132") == ["seat.on_break", "seat.break.rest"]
    assert await dial(floor, "*13", "1") == ["seat.ask_break", "seat.on_break", "seat.break.meal"]
    assert floor.standing(A).reason == "meal"
    assert await dial(floor, "*139") == ["seat.unknown_reason"]
    assert await dial(floor, "*15") == ["seat.not_now"]
    assert await dial(floor, "*14") == ["seat.logged_out"]
    assert floor.standing(A) is None


async def test_a_wrong_pin_is_asked_again_and_then_locked(floor):
    heard = await dial(floor, "*11", "2001", "0000", "2001", "9999", "2001", "8888")
    assert heard.count("seat.refused") == 2
    assert heard[-1] == "seat.locked"
    assert floor.standing(A) is None


async def test_a_wish_in_a_talk_is_confirmed_for_later(floor):
    await dial(floor, "*11", "2001", "1111")
    floor.adopted(A, CallId("c"), "general")
    assert await dial(floor, "*14") == ["seat.after_call"]
    assert await dial(floor, "*10") == ["seat.state.talking"]


async def test_a_taken_seat_says_what_to_do(floor):
    await dial(floor, "*11", "2001", "1111")
    assert (await dial(floor, "*11", "2002", "2222"))[-1] == "seat.seat_taken"
    assert (await dial(floor, "*99"))[-1] == "seat.unknown_code"


def test_every_result_has_a_phrase():
    names = phrases_of(DIRECTORY)
    assert all(f"seat.{r}" in names for r in LoginResult if r is not LoginResult.DONE)
    assert all(f"seat.{r}" in names for r in Result if r is not Result.DONE)
    assert all(f"seat.state.{s}" in names for s in AgentState if s is not AgentState.LOGGED_OUT)
