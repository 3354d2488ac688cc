"""The figures of the last 15 minutes and of today, by hand."""

import asyncio
import tracemalloc
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from calls import AgentId, CallId, ManualClock, Outcome, SeatId
from calls import timeline as t
from hotline.cli import live_figures
from hotline.cli.app import app
from hotline.live_figures import LiveFigures
from tickets.reporting import CallFact, Rules

NOON = 1_795_694_400.0  # of a day in UTC
HOUR = 3600.0


class Hall:
    """Calls that are lived with a clock in hand."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOON)
        self.figures = LiveFigures(self.clock, UTC, Rules())

    def happens(self, *events: t.Event) -> None:
        for event in events:
            self.clock.advance(max(0.0, event.at - self.clock.now()))
            self.figures.observe(event)

    def answered(self, call: str, at: float, waits: float, *, talks: float = 60.0, satisfied: bool = True) -> None:
        of, agent = CallId(call), AgentId("2001")
        self.happens(
            arrived(call, at), queued(call, at + 5),
            t.Connected(call=of, at=at + 5 + waits, agent=agent, seat=SeatId("1001")),
            t.TalkEnded(call=of, at=at + 5 + waits + talks, agent=agent, by="caller"),
            t.SurveyAnswered(call=of, at=at + 7 + waits + talks, question="q", answer="1", satisfied=satisfied),
            t.CallEnded(call=of, at=at + 7 + waits + talks, outcome=Outcome.ANSWERED),
            t.WrapUpEnded(call=of, at=at + 9 + waits + talks, agent=agent, seconds=10.0),
        )  # fmt: skip

    def told(self, window: str) -> dict[str, Any]:
        found: dict[str, Any] = self.figures.tell()[window]
        return found


def arrived(call: str, at: float) -> t.Event:
    return t.CallArrived(call=CallId(call), at=at, caller="1", caller_name="", dialled="2", node="n", unique_id=call)


def queued(call: str, at: float) -> t.Event:
    return t.Queued(call=CallId(call), at=at, queue="general", needs={}, priority=0, since=at)


def ends(call: str, at: float, outcome: Outcome) -> t.Event:
    return t.CallEnded(call=CallId(call), at=at, outcome=outcome)


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_figures_follow_the_definitions_of_the_report(hall: Hall) -> None:
    hall.answered("c1", NOON, 15)
    hall.answered("c2", NOON + 100, 45, talks=20, satisfied=False)
    hall.happens(arrived("c3", NOON + 200), queued("c3", NOON + 205), ends("c3", NOON + 208, Outcome.ABANDONED_QUEUE))
    hall.happens(arrived("c4", NOON + 210), queued("c4", NOON + 211), ends("c4", NOON + 300, Outcome.VOICEMAIL))
    hall.happens(arrived("c5", NOON + 310), ends("c5", NOON + 320, Outcome.SELF_SERVED))
    assert hall.told("today") == hall.told("last_15_min") == {
        "arrived": 5, "turned_away": 0, "asked": 4, "answered": 2, "abandoned": 1, "short_abandoned": 1,
        "connect_rate": 2 / 4, "service_level": 1 / 2, "abandonment": 1 / 4, "asa_s": 30.0, "aht_s": (60 + 20 + 20) / 2,
        "longest_wait_s": 89.0, "satisfaction": 1 / 2,
    }  # fmt: skip


def test_what_is_long_ago_leaves_the_last_15_minutes_and_stays_in_today(hall: Hall) -> None:
    hall.answered("c1", NOON, 15)
    hall.clock.advance(900 - 64)  # from the end of wrap-up: the answer is 15 minutes ago, the talk's end is not
    assert hall.told("last_15_min")["answered"] == 0
    assert hall.told("last_15_min")["aht_s"] == 70.0
    assert hall.told("today")["answered"] == 1


def test_who_was_turned_away_came_but_asked_for_nobody_and_is_told_apart(hall: Hall) -> None:
    hall.happens(arrived("c1", NOON), ends("c1", NOON + 9, Outcome.TURNED_AWAY))
    told = hall.told("today")
    assert (told["arrived"], told["turned_away"], told["asked"], told["abandoned"]) == (1, 1, 0, 0)


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
def test_a_call_of_the_last_15_minutes_costs_some_tens_of_bytes_and_nothing_later(hall: Hall) -> None:
    def live(calls: range) -> int:
        for number in calls:
            hall.answered(f"c{number}", NOON + number / 10, 1, talks=1)
        return tracemalloc.get_traced_memory()[0]

    warm = live(range(2_500))  # calls that are over stay known, but 2,000 at most
    full = live(range(2_500, 5_500))
    assert hall.told("last_15_min")["arrived"] == 5_500
    assert (full - warm) / 3_000 < 150
    hall.clock.advance(900)
    assert hall.told("last_15_min")["arrived"] == 0
    assert tracemalloc.get_traced_memory()[0] < warm


def test_what_is_told_out_of_order_leaves_the_last_15_minutes_at_its_own_time(hall: Hall) -> None:
    hall.happens(arrived("c1", NOON))
    hall.figures.remember(arrived("c2", NOON - 600))
    hall.clock.advance(400)
    assert hall.told("last_15_min")["arrived"] == 1
    hall.clock.advance(500)
    assert hall.told("last_15_min")["arrived"] == 0


def test_a_new_day_begins_at_midnight(hall: Hall) -> None:
    hall.answered("c1", NOON, 15)
    hall.happens(arrived("c2", NOON + 12 * HOUR - 30), queued("c2", NOON + 12 * HOUR - 20))
    hall.happens(t.Connected(call=CallId("c2"), at=NOON + 12 * HOUR, agent=AgentId("1"), seat=SeatId("1")))
    assert (hall.told("today")["arrived"], hall.told("today")["answered"]) == (0, 1)
    assert hall.told("last_15_min")["arrived"] == 1


def test_what_agents_dial_and_callbacks_do_not_count(hall: Hall) -> None:
    of = {"call": CallId("o1"), "at": NOON}
    hall.happens(
        t.CallPlaced(**of, agent=AgentId("1"), seat=SeatId("1"), caller="2", dialled="3", ticket="", node="n",
                     unique_id="o1"),
        t.Connected(**of, agent=AgentId("1"), seat=SeatId("1")),
        t.WrapUpEnded(**of, agent=AgentId("1"), seconds=9),
        ends("o1", NOON + 9, Outcome.ANSWERED),
    )  # fmt: skip
    assert hall.told("today")["arrived"] == hall.told("today")["answered"] == 0
    assert hall.told("today")["aht_s"] is None


def test_a_caller_who_is_passed_on_within_the_call_is_answered_once(hall: Hall) -> None:
    of = CallId("c1")
    first, second = (t.Connected(call=of, at=NOON + n, agent=AgentId("1"), seat=SeatId("1")) for n in (10, 90))
    hall.happens(arrived("c1", NOON), queued("c1", NOON + 5), first,
                 t.TalkEnded(call=of, at=NOON + 60, agent=AgentId("1"), by="agent"),
                 queued("c1", NOON + 61), second, ends("c1", NOON + 100, Outcome.ANSWERED))  # fmt: skip
    assert (hall.told("today")["answered"], hall.told("today")["asa_s"]) == (1, 5.0)
    assert hall.told("today")["aht_s"] == 60.0  # of the call: 50 and 10, as a report counts


def test_a_restarted_service_knows_todays_calls_and_those_that_go_on(hall: Hall) -> None:
    hall.figures.seed([
        CallFact("c1", "inbound", NOON - HOUR, NOON - HOUR + 100, "answered", talking_s=60, wrap_up_s=5, satisfied=True,
                 queued_at=NOON - HOUR + 5, connected_at=NOON - HOUR + 35, wait_s=30.0),
        CallFact("c2", "inbound", NOON - 99, NOON - 60, "abandoned_queue", queued_at=NOON - 90, wait_s=30.0),
        CallFact("c3", "outbound", NOON - 99, NOON - 60, "answered"),
        CallFact("c4", "inbound", NOON - 20, None, None),
    ])  # fmt: skip
    hall.figures.remember(arrived("c4", NOON - 20))
    hall.figures.remember(queued("c4", NOON - 10))
    hall.happens(t.Connected(call=CallId("c4"), at=NOON + 2, agent=AgentId("1"), seat=SeatId("1")))
    today, recent = hall.told("today"), hall.told("last_15_min")
    assert (today["arrived"], today["answered"], today["abandoned"], today["asa_s"]) == (3, 2, 1, 21.0)
    assert (today["aht_s"], today["satisfaction"]) == (65.0, 1.0)
    assert (recent["arrived"], recent["answered"], recent["abandoned"]) == (2, 1, 1)


async def test_whoever_listens_is_told_again_after_an_event(hall: Hall) -> None:
    async with aclosing(hall.figures.changes(lambda: hall.told("today")["arrived"])) as told, asyncio.timeout(20):
        assert await anext(told) == 0
        hall.happens(arrived("c1", NOON))
        assert await anext(told) == 1


@pytest.mark.parametrize(
    ("language", "words"), [("both", "接听及时率 in 15 s / answered"), ("en", "in 15 s / answered")]
)
def test_the_table_tells_now_the_last_15_minutes_and_today(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, language: str, words: str
) -> None:
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    hall.answered("c1", NOON, 15)
    hall.clock.advance(1000)
    hall.answered("c2", NOON + 1100, 65)
    now = {"calls": 3, "waiting": 1, "longest_wait_s": 75.0, "queues": {"general": 1, "tax": 0}, "seats": {"ready": 4}}
    monkeypatch.setattr(live_figures, "ask", lambda *_: {"now": now, **hall.figures.tell()})
    shown = CliRunner().invoke(app, ["live", "--language", language])
    assert shown.exit_code == 0, shown.output
    lines = {line.split("  ")[1]: line.split()[-2:] for line in shown.stdout.splitlines() if line.startswith("  ")}
    assert lines[words] == ["0.0%", "50.0%"]
    assert "general 1" in shown.stdout
    assert "1:15" in shown.stdout
