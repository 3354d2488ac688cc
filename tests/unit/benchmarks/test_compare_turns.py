"""A turn that does not end is cut off and told as such; neither it nor a mishap costs others their figures."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from benchmarks import compare, compare_part
from benchmarks.compare_desk import Desk, paced
from benchmarks.compare_figures import Served
from benchmarks.compare_long import LongLine, LongTurn
from benchmarks.compare_part import Bounds, Part, Told, at_a_site
from benchmarks.compare_peak import Guest, PeakDay, PeakTurn
from benchmarks.compare_phones import ComparePhones
from benchmarks.compare_soak import SoakTurn
from benchmarks.compare_spread import Turn, kept
from benchmarks.compare_systems import System, with_a_line
from benchmarks.compare_turns import Lasting, lived
from benchmarks.drain_site import BenchmarkFailed
from benchmarks.ending import hung_up
from benchmarks.progress import Standing
from simulator import CallFailed

OURS, APP_QUEUE = with_a_line(4)
FAILED = ("failed", "most", 0.0)


class EndlessTurn:
    """Connects some calls and then never ends."""

    due_s, rest_s = 0.01, 0.0

    def __init__(self, *, ends: bool = False) -> None:
        self.going, self.ended, self._ends = asyncio.Event(), False, ends

    async def run(self) -> None:
        self.going.set()
        if not self._ends:
            await asyncio.Event().wait()

    def standing(self) -> Standing:
        return Standing(7, 5, 4, 1, 2)

    def figures(self) -> Turn:
        return {"served": 5, "failed": 0}

    def left(self) -> tuple[int, int]:
        return 3, 20

    async def end(self) -> None:
        self.ended = True


def site() -> Any:
    one = MagicMock(sip=("127.0.0.1", 5060))
    one.cpu_parts.return_value = one.rss_mb_parts.return_value = (1.0, 2.0)
    return one


def call(caller: str = "1", *, ends: bool = False) -> Any:
    """A call that waits for ever, or is over as soon as it is answered."""
    leg = MagicMock(caller_number=caller, reason="BYE", ended=asyncio.Event())
    leg.session.invited_at = time.monotonic()
    leg.hang_up = AsyncMock(side_effect=leg.ended.set)
    leg.wait_answered = AsyncMock(side_effect=CallFailed(503, "busy"))
    if ends:
        leg.ended.set()
    return leg


class Phones:
    """Seats that nothing reaches, and callers; ``broken`` calls cannot even be placed."""

    def __init__(self, *, seats: int = 0, broken: int = 0) -> None:
        self.seats = [MagicMock(calls=asyncio.Queue()) for _ in range(seats)]
        self.placed: list[Any] = []
        self._broken, self._callers = broken, 0

    def by_hand(self) -> None:
        pass

    def next_caller(self) -> str:
        self._callers += 1
        return str(self._callers)

    async def call(self, number: str, mode: Any, caller: str = "") -> Any:
        if self._broken:
            self._broken -= 1
            raise OSError("no port is left")
        self.placed.append(call(caller or self.next_caller()))
        return self.placed[-1]


async def live(turn: Lasting, told: Told, where: Any, system: System = OURS, allowed_s: float = 0.05) -> None:
    await asyncio.wait_for(lived(turn, told, system, "long, round 1", where, allowed_s=allowed_s), 20)


# -- cut off -----------------------------------------------------------------------------------------------------------


async def test_a_turn_that_would_never_end_is_cut_off_and_what_was_measured_is_told() -> None:
    turn, told, where = EndlessTurn(), Told("long"), site()
    await live(turn, told, where)
    assert told.turns["hotline"] == [{"served": 5, "failed": 0, "cut_off": True, "unfinished": 3, "not_begun": 20}]
    assert turn.ended
    where.hang_up_all.assert_called_once_with()
    (doubt,) = told.doubts()
    assert (doubt.system, doubt.figures) == ("hotline", ("served", "failed"))
    assert "cut off" in doubt.why
    assert "3 calls unfinished, 20 not begun" in doubt.why


async def test_a_turn_that_ends_in_time_is_told_as_not_cut_off() -> None:
    turn, told, where = EndlessTurn(ends=True), Told("long"), site()
    await live(turn, told, where)
    assert told.turns["hotline"] == [{"served": 5, "failed": 0, "cut_off": False, "unfinished": 0, "not_begun": 0}]
    assert turn.ended
    assert told.doubts() == []
    where.hang_up_all.assert_not_called()


async def test_after_a_turn_that_was_cut_off_the_next_system_has_its_turn(capsys: pytest.CaptureFixture[str]) -> None:
    told, where = Told("long"), site()
    where.hang_up_all.side_effect = BenchmarkFailed("Asterisk's console was silent")
    for system, ends in ((OURS, False), (APP_QUEUE, True)):
        with told.turn(system, "long, round 1"):
            await live(EndlessTurn(ends=ends), told, where, system)
    assert [turn["cut_off"] for turns in told.turns.values() for turn in turns] == [True, False]
    assert told.not_measured == []
    assert "app_queue is through" in capsys.readouterr().err


async def test_whoever_ends_it_amidst_a_turn_has_the_figures_of_that_turn_too() -> None:
    turn, told = EndlessTurn(), Told("long")
    task = asyncio.create_task(live(turn, told, site(), allowed_s=60.0))
    await turn.going.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told.turns["hotline"][0]["cut_off"] is True
    assert turn.ended


async def test_a_peak_day_whose_calls_never_end_is_cut_off_with_the_figures_of_those_that_did() -> None:
    phones, told = Phones(), Told("peak")
    guests = [Guest(0.0, 0.01, 0.01), Guest(0.0, 0.01, 600.0), Guest(0.0, 0.01, 600.0)]
    turn = PeakTurn(phones, site(), OURS, PeakDay(guests, 1.0, 3))  # type: ignore[arg-type]
    turn.rest_s = 0.2
    await live(turn, told, site())
    (figures,) = told.turns["hotline"]
    assert (figures["calls"], figures["abandoned"], figures["failed"]) == (1, 1, 0)
    assert (figures["cut_off"], figures["unfinished"], figures["not_begun"]) == (True, 2, 0)
    assert all(leg.ended.is_set() for leg in phones.placed)


async def test_a_day_may_last_as_long_as_its_last_callers_wait_and_talk() -> None:
    guests = [Guest(1.0, 50.0, 80.0), Guest(9.0, 2.0, 3.0)]
    turn = PeakTurn(Phones(), site(), OURS, PeakDay(guests, 1.0, 2))  # type: ignore[arg-type]
    await turn._desk.close()
    assert turn.due_s == 9.0
    assert turn.due_s + turn.rest_s >= 131.0


async def test_a_long_line_that_goes_on_for_ever_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def built(line: Any, callers: int) -> None:
        for _ in range(callers):
            line._call()

    monkeypatch.setattr("benchmarks.compare_long._Line.build_up", built)
    phones, told = Phones(), Told("long")
    turn = LongTurn(phones, site(), OURS, LongLine(seats=1, waiting=2, seconds=1000.0, rate=10.0))  # type: ignore[arg-type]
    turn.due_s, turn.rest_s = 0.35, 0.0
    await live(turn, told, site())
    (figures,) = told.turns["hotline"]
    came = figures["came"]
    assert came is not None
    assert came >= 1
    assert (figures["cut_off"], figures["not_begun"]) == (True, 10_000 - came)
    assert all(leg.ended.is_set() for leg in phones.placed)


async def test_a_soak_that_is_cut_off_tells_the_portions_that_are_over() -> None:
    phones, told = MagicMock(), Told("soak")
    served = Served(10.0, 10.0, 500, 2, (), 1.0)
    hangs = asyncio.Event()
    turns = iter([served, None])

    async def at_rate(*_: Any, **__: Any) -> Served:
        if (one := next(turns)) is None:
            await hangs.wait()
        assert one is not None
        return one

    phones.at_rate = at_rate
    turn = SoakTurn(phones, site(), OURS, 1000)
    turn.due_s, turn.rest_s = 0.1, 0.0
    await live(turn, told, site())
    (figures,) = told.turns["hotline"]
    assert (figures["calls"], figures["failed"], figures["cut_off"], figures["not_begun"]) == (500, 2, True, 500)


async def test_calls_at_a_rate_that_never_end_have_failed_and_are_told_as_unfinished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LASTS_S", "ALLOWED_S", "_SETTLE_S"):
        monkeypatch.setattr(f"benchmarks.compare_phones.{name}", 0.02)
    phones = ComparePhones(where := site())
    legs = iter([call("1", ends=True), call("2"), call("3")])

    async def served(*_: Any, **__: Any) -> Any:
        leg = next(legs)
        if leg.caller_number == "3":
            raise OSError("no port is left")
        await leg.ended.wait()
        return MagicMock(leg=leg, well=True, asked_at=0.0)

    monkeypatch.setattr(phones, "_served", served)
    told = await asyncio.wait_for(phones.at_rate("12345", 100.0, 3, lambda: (0.0, 0.0)), 20)
    assert (told.failed, told.unfinished, told.held) == (2, 1, False)
    where.hang_up_all.assert_called_once_with()


# -- mishaps -----------------------------------------------------------------------------------------------------------


async def test_a_call_that_cannot_be_placed_has_failed_and_the_day_goes_on() -> None:
    guests = [Guest(0.0, 0.01, 0.01)] * 2
    turn = PeakTurn(Phones(broken=1), site(), OURS, PeakDay(guests, 1.0, 2))  # type: ignore[arg-type]
    await turn.run()
    figures = turn.figures()
    assert (figures["calls"], figures["failed"], figures["abandoned"]) == (2, 1, 1)
    await turn._desk.close()


async def test_when_the_hotline_is_gone_calls_are_told_and_its_cpu_is_not() -> None:
    where, guests = site(), [Guest(0.0, 0.01, 0.01)]
    turn = PeakTurn(Phones(), where, OURS, PeakDay(guests, 1.0, 1))  # type: ignore[arg-type]
    await turn.run()
    where.cpu_parts.side_effect = BenchmarkFailed("the engine runs no longer")
    figures = turn.figures()
    assert (figures["calls"], figures["cpu_ms_per_call"]) == (1, None)
    await turn._desk.close()


async def test_a_call_that_goes_wrong_does_not_cost_others_the_seat() -> None:
    served: list[str] = []
    both = asyncio.Event()

    async def talk(leg: Any) -> None:
        served.append(leg.caller_number)
        if len(served) == 2:
            both.set()
        if leg.caller_number == "1":
            raise RuntimeError("the call is not established")

    seat = MagicMock(calls=asyncio.Queue())
    desk = Desk([seat], talk)
    for caller in ("1", "2"):
        seat.calls.put_nowait(call(caller))
    await asyncio.wait_for(both.wait(), 10)
    await desk.close()
    assert served == ["1", "2"]


async def test_who_cannot_be_hung_up_is_dropped() -> None:
    stuck = call()
    stuck.hang_up = AsyncMock(side_effect=asyncio.Event().wait)
    await asyncio.wait_for(hung_up([stuck, quick := call("2")], 0.02), 10)
    stuck.session.drop.assert_called_once_with()
    assert quick.ended.is_set()


async def test_what_is_overdue_is_done_at_once_however_slow_each_turn_of_the_event_loop_is() -> None:
    turns = done = 0

    async def slow_loop() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def act(_: int) -> None:
        nonlocal done
        done += 1

    other = asyncio.create_task(slow_loop())
    await paced([0.0] * 100, act)
    other.cancel()
    assert done == 100
    assert turns <= 20, "one in each turn would never catch up"


# -- what is told in the end -------------------------------------------------------------------------------------------


def test_no_goal_is_kept_by_a_turn_that_was_cut_off_and_a_missed_one_stays_missed() -> None:
    cut: Turn = {"failed": 0, "gap": 1.0, "cut_off": True}
    whole: Turn = {"failed": 0, "gap": 2.0, "cut_off": False}
    assert kept({"hotline": [whole], "app_queue": [cut]}, FAILED) is True
    assert kept({"hotline": [cut], "app_queue": [whole]}, FAILED) is None
    assert kept({"hotline": [{"failed": 3, "cut_off": True}]}, FAILED) is False
    assert kept({"hotline": [whole], "app_queue": [cut]}, ("gap", "ratio_most", 3.0)) is None
    assert kept({"hotline": [cut]}, ("gap", "below_in_every_round", 1.0)) is None, "somebody ended it before theirs"


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Parts whose measuring is set by the test; there is no hotline."""
    made: dict[str, Any] = {}

    def measure(bounds: Bounds, name: str) -> Told:
        return at_a_site((4,), made[name], Told(name))

    def own_site(_: Sequence[int], serve: Any, told: Told) -> None:
        asyncio.run(serve(site(), MagicMock(), told))

    monkeypatch.setattr(compare_part, "at_own_site", own_site)
    for name in ("long", "peak"):
        part = Part(name, lambda bounds, name=name: measure(bounds, name), (FAILED,))
        monkeypatch.setitem(compare.PARTS, name, part)
    monkeypatch.setattr(sys, "argv", ["compare", "--json", "--only", "long", "--only", "peak"])
    monkeypatch.setattr(compare.signal, "signal", lambda *_: None)
    yield made


async def well(_: Any, __: Any, told: Told) -> None:
    told.add(OURS, {"failed": 0})


async def half(_: Any, __: Any, told: Told) -> None:
    for system in (OURS, APP_QUEUE):
        with told.turn(system, "round 1"):
            if system is OURS:
                raise BenchmarkFailed("the line was not built up")
            told.add(system, {"failed": 4})


def test_a_turn_that_fails_keeps_its_place_and_the_others_figures_are_told(
    parts: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    parts.update(long=half, peak=well)
    assert compare.main() == 1
    told = json.loads(capsys.readouterr().out)
    assert told["long"]["turns"] == {"hotline": [{}], "app_queue": [{"failed": 4}]}
    assert told["long"]["turns_not_measured"] == ["round 1: hotline: the line was not built up"]
    assert told["peak"]["turns"] == {"hotline": [{"failed": 0}]}


def test_a_part_that_breaks_as_nobody_expected_does_not_lose_the_others(
    parts: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(_: Any, __: Any, ___: Told) -> None:
        raise ZeroDivisionError

    parts.update(long=broken, peak=well)
    assert compare.main() == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert "ZeroDivisionError" in told["long"]["not_measured"]
    assert "Traceback" in err
    assert told["peak"]["turns"] == {"hotline": [{"failed": 0}]}


def test_whoever_ends_it_is_told_what_was_measured_by_then_and_no_further_part_begins(
    parts: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    async def ended(_: Any, __: Any, told: Told) -> None:
        await well(_, __, told)
        raise KeyboardInterrupt

    parts.update(long=ended)
    assert compare.main() == 130
    told = json.loads(capsys.readouterr().out)
    assert (told["long"]["stopped"], told["long"]["turns"]) == (True, {"hotline": [{"failed": 0}]})
    assert "peak" not in told
