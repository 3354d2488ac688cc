"""What the comparison tells: rates that held, medians over rounds, ratios; what cannot be measured is left empty."""

import json
import sys
from dataclasses import fields

import pytest

from benchmarks.compare_figures import Figures, Round, Served, figures_of, medians_of, ratios, shared_turns
from benchmarks.drain_figures import Drained

KEYS = {
    "max_cps", "cpu_ms_per_call", "asterisk_ms_per_call", "engine_ms_per_call", "connect_p50_ms", "connect_p95_ms",
    "connect_p99_ms",
    "menu_p50_ms", "menu_p95_ms", "menu_p99_ms", "menu_cpu_ms_per_call", "drain_s", "idle_gap_p95_ms", "rss_mb",
}  # fmt: skip


def served(rate: float, *, failed: int = 0, came: float | None = None, ms: float = 10.0) -> Served:
    return Served(rate, rate if came is None else came, 100, failed, (ms,) * (100 - failed), cpu_s=1.0, engine_s=0.4)


def test_the_highest_rate_counts_up_to_which_all_held() -> None:
    assert figures_of(Round([served(5), served(10), served(15, failed=1), served(20)])).max_cps == 10
    assert figures_of(Round([served(5, failed=1)])).max_cps is None


def test_a_rate_at_which_the_callers_themselves_were_slow_has_not_held() -> None:
    assert not served(10, came=8.9).held
    assert served(10, came=9.5).held
    assert figures_of(Round([served(5), served(10, came=5)])).max_cps == 5


def test_latency_and_cpu_are_of_the_rates_that_all_held() -> None:
    ours = [served(5, ms=10), served(10, ms=30), served(20, ms=900, failed=50)]
    theirs = [served(5, ms=10), served(10, ms=30), served(20, ms=40)]
    assert shared_turns([ours, theirs]) == {(5, 100), (10, 100)}
    found = figures_of(Round(theirs), shared_turns([ours, theirs]))
    assert (found.connect_p50_ms, found.connect_p99_ms) == (10, 30)
    assert found.cpu_ms_per_call == 10
    assert (found.asterisk_ms_per_call, found.engine_ms_per_call) == (pytest.approx(6), pytest.approx(4))
    assert found.max_cps == 20


def test_the_menu_has_figures_of_its_own() -> None:
    found = figures_of(Round([served(5, ms=10)], [served(5, ms=25)]))
    assert (found.connect_p95_ms, found.menu_p95_ms, found.menu_cpu_ms_per_call) == (10, 25, 10)
    assert figures_of(Round([served(5)])).menu_p95_ms is None


def test_medians_are_of_the_rounds_that_have_the_figure() -> None:
    rounds = [Round([served(5)], [], Drained(total, 1, 2, 3, 1), rss_mb=100) for total in (8.0, 9.0, 20.0)]
    rounds.append(Round([served(5)], rss_mb=100))
    assert medians_of([figures_of(one) for one in rounds]).drain_s == 9.0
    bare = medians_of([figures_of(Round([served(5)]))])
    assert (bare.drain_s, bare.idle_gap_p95_ms, bare.rss_mb) == (None, None, None)
    assert set(bare.as_dict()) == KEYS == {each.name for each in fields(Figures)}


def test_ratios_are_ours_over_theirs_where_both_are_known() -> None:
    ours, theirs = figures_of(Round([served(10, ms=15)])), figures_of(Round([served(20, ms=10)]))
    assert ratios(ours, theirs)["max_cps"] == 0.5
    assert ratios(ours, theirs)["connect_p95_ms"] == 1.5
    assert ratios(ours, theirs)["drain_s"] is None


@pytest.mark.soak
def test_the_quick_comparison_takes_less_than_a_minute_and_has_all_keys() -> None:
    import subprocess

    out = subprocess.run(
        [sys.executable, "-m", "benchmarks.compare", "--quick", "--json"], capture_output=True, check=True, timeout=60
    ).stdout
    told = json.loads(out)
    assert all(set(told[name]) == KEYS for name in ("hotline", "app_queue", "dial"))
    assert all(told[name]["max_cps"] for name in ("hotline", "app_queue", "dial"))
    assert told["hotline"]["drain_s"] > 0
