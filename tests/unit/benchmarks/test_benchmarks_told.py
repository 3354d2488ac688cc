"""What callers are told of their wait, against what they then wait."""

import pytest

from benchmarks.told import figures, run
from hotline.waiting_voice import told_minutes


@pytest.mark.parametrize(("estimate_s", "least", "minutes"), [
    (None, None, None), (0.0, None, 1), (60.0, None, 1), (61.0, None, 2), (200.0, 3, None), (170.0, 3, 3), (5.0, 3, 1),
])  # fmt: skip
def test_waits_are_told_in_whole_minutes_and_never_grow(
    estimate_s: float | None, least: int | None, minutes: int | None
) -> None:
    assert told_minutes(estimate_s, least) == minutes


def test_the_figures_are_those_of_told_and_real() -> None:
    found = figures([(60.0, 30.0), (60.0, 90.0), (120.0, 120.0)])
    assert (found["told"], found["bias_s"], found["error_s"], found["kept"]) == (3, 0.0, 20.0, 0.667)


def test_a_run_of_few_seats_keeps_nine_promises_in_ten() -> None:
    assert figures(run(20, 1.3, 2, lognormal=False))["kept"] > 0.85
