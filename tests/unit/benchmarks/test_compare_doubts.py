"""Figures that a late simulator measured are told to be in doubt; others are not."""

from benchmarks.compare_doubts import CONNECT, Late, doubts_of, limited_by_itself
from benchmarks.compare_figures import Served
from benchmarks.compare_whole import QUICK, Comparison
from benchmarks.drain_figures import Drained


def served(rate: float, *, late_ms: float = 0.0, failed: int = 0) -> Served:
    calls = QUICK.calls(rate)
    return Served(rate, rate, calls, failed, (10.0,) * (calls - failed), cpu_s=0.1, late_ms=late_ms)


def compared(*rates: Served, late: float = 1.0) -> Comparison:
    comparison = Comparison(QUICK, 0.0)
    for rounds in comparison.rounds.values():
        rounds[0].rates = [served(5), served(10)]
        rounds[0].menu = [served(5)]
        rounds[0].drained = Drained(1.0, 2.0, 3.0, 4.0, 0.5)
    comparison.rounds["hotline"][0].rates = list(rates) or [served(5), served(10)]
    comparison.late.append(Late("app_queue", ("drain_s", "idle_gap_p95_ms"), late))
    return comparison


def test_a_packet_late_is_still_good_and_more_is_not() -> None:
    assert doubts_of([Late("dial", CONNECT, 20.0)]) == []
    assert [doubt.figures for doubt in doubts_of([Late("dial", CONNECT, 20.5)])] == [CONNECT]


def test_the_same_figures_are_doubted_once_with_the_worst_of_all_rounds() -> None:
    (doubt,) = doubts_of([Late("dial", CONNECT, 25.0), Late("dial", CONNECT, 90.0), Late("dial", CONNECT, 3.0)])
    assert "90 ms late" in doubt.why


def test_a_comparison_by_a_simulator_in_time_has_no_doubts() -> None:
    comparison = compared()
    assert comparison.as_dict()["doubts"] == []


def test_each_system_is_doubted_for_what_it_was_measured_by() -> None:
    told = compared(served(5, late_ms=44.0), served(10), late=30.0).as_dict()["doubts"]
    assert {(doubt["system"], doubt["figures"]) for doubt in told} == {
        ("hotline", CONNECT),
        ("app_queue", ("drain_s", "idle_gap_p95_ms")),
    }


def test_lateness_at_a_rate_that_is_told_of_none_puts_only_the_highest_rate_in_doubt() -> None:
    told = compared(served(5), served(10, late_ms=80.0, failed=3)).as_dict()["doubts"]
    assert [(doubt["system"], doubt["figures"]) for doubt in told] == [("hotline", ("max_cps",))]
    assert limited_by_itself("hotline", 20.0) == []


def test_when_all_rates_held_it_is_the_highest_or_more() -> None:
    notes = compared(served(5), served(10, failed=5)).notes()
    assert "app_queue: 10 calls/s or more: the highest that is tried held" in notes
    assert not any(note.startswith("hotline") for note in notes)
    assert notes[0].endswith("those at 5 calls/s")


def test_latency_and_cpu_are_of_the_same_calls_for_all() -> None:
    comparison = compared(served(5), served(10, failed=5))
    slow = Served(10, 10, QUICK.calls(10), 0, (900.0,) * QUICK.calls(10), cpu_s=9.0)
    comparison.rounds["app_queue"][0].rates[1] = slow
    told = comparison.as_dict()
    assert told["app_queue"]["max_cps"] == 10
    assert told["app_queue"]["connect_p99_ms"] == 10, "ours did not hold 10 calls/s, so that is not compared"
    assert told["ratios"]["to_app_queue"]["cpu_ms_per_call"] == 1.0


def test_when_none_held_together_the_first_rate_is_told_and_doubted() -> None:
    comparison = compared(served(5, failed=1))
    told = comparison.as_dict()
    assert told["hotline"]["connect_p50_ms"] == 10
    assert any("no rate was held by all" in doubt["why"] for doubt in told["doubts"])
