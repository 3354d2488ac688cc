"""CPU and memory in each part of a run, out of samples that come every so often."""

import pytest

from hotline.cli.cost import Track, Usage
from hotline.cli.cost_over_time import cost_over_time


def track(*samples: tuple[float, float, float]) -> Track:
    found = Track()
    for at, cpu_s, rss_mb in samples:
        found.add(at, Usage(cpu_s, rss_mb))
    return found


def test_a_process_that_works_half_of_the_time_keeps_half_a_core_busy() -> None:
    steady = track(*((100 + tenth / 10, 5 + tenth / 20, 50 + tenth) for tenth in range(41)))
    rows = cost_over_time({"engine": steady}, began=101.0, seconds=2.5, part_s=1)
    assert [row["at_s"] for row in rows] == [0, 1, 2]
    assert [row["engine_cores"] for row in rows] == pytest.approx([0.5, 0.5, 0.5])
    assert [row["engine_rss_mb"] for row in rows] == pytest.approx([70, 80, 85])


def test_what_is_done_in_one_part_is_not_told_of_another() -> None:
    burst = track((0.0, 1.0, 10), (1.0, 1.0, 10), (2.0, 3.0, 20), (3.0, 3.0, 20))
    rows = cost_over_time({"asterisk": burst}, began=0.0, seconds=3.4, part_s=1)
    assert [row["asterisk_cores"] for row in rows[:3]] == [0.0, 2.0, 0.0]


def test_a_process_that_is_gone_or_was_never_seen_has_no_figures() -> None:
    rows = cost_over_time({"engine": track((0.0, 1.0, 10), (0.9, 1.1, 10)), "database": Track()}, 0.0, 2.0, 1)
    assert rows[0]["engine_cores"] is not None
    assert [row["engine_rss_mb"] for row in rows] == [10, None, None]
    assert all(row["database_cores"] is None for row in rows)
