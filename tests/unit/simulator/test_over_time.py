"""What a report tells over time: of all callers and each kind, with what the machine spent; as JSON, CSV and plots."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from simulator.measures.over_time import FIGURES, MOST_PARTS, over_time, part_s
from simulator.measures.sip_times import SipTimes
from simulator.scenario import Run, Scenario
from simulator.scenario.record import CallRecord, Sound, Went
from simulator.telling.files import as_csv_over_time
from simulator.telling.page import page
from simulator.telling.plots_over_time import MOST_LINES, kinds_left_out, plots_over_time
from simulator.telling.report import Report, report_of

COST = [
    {"at_s": at, "engine_cores": 0.2, "engine_rss_mb": 90.0, "asterisk_cores": 0.1 * at, "asterisk_rss_mb": 80.0 + at}
    for at in range(4)
]


def call(
    kind: str, began: float, ended: float, went: Went = Went.DONE, *, code: int = 200, lost: int = 0
) -> CallRecord:
    heard = Sound(packets=100 - lost, lost=lost, jitter_ms=float(lost), mos=4.0)
    return CallRecord(
        0, kind, "138", began, began_at=began, ended_at=ended, went=went, wait_s=ended, sip=[SipTimes(code=code)],
        heard=heard,
    )  # fmt: skip


CALLS = [
    call("calm", 0.2, 0.8, lost=10),
    call("calm", 0.5, 2.5),
    call("hasty", 1.1, 2.2, Went.FAILED, code=503),
    call("hasty", 1.2, 2.9, Went.FAILED, code=0),
    call("hasty", 3.0, 3.4, Went.ABANDONED),
]


def report(kinds: tuple[str, ...] = ("calm", "hasty"), cost: bool = True) -> Report:
    scenario = Scenario.model_validate({"name": "x", "callers": {kind: {"steps": [{"wait": 1}]} for kind in kinds}})
    run = Run(scenario, ("127.0.0.1", 5060), began_at=0.0, seconds=3.5, records=CALLS)
    return report_of(run, {"cost_over_time": COST} if cost else {})


def test_failures_come_with_their_sip_codes_when_they_happened() -> None:
    rows = over_time(CALLS, 3.5)
    assert [row["failed"] for row in rows] == [0, 0, 2, 0]
    assert [row["failed_codes"] for row in rows] == [{}, {}, {"none": 1, "503": 1}, {}]


def test_loss_and_jitter_are_of_those_who_were_off_the_line_by_then() -> None:
    rows = over_time(CALLS, 3.5)
    assert [row["loss_share"] for row in rows] == [0.1, None, 0.0, 0.0]
    assert rows[0]["jitter_p95_ms"] == 10.0
    assert rows[1]["jitter_p95_ms"] is None


@given(st.lists(st.tuples(st.floats(0, 200), st.floats(0, 30)), max_size=40))
def test_who_is_on_the_line_is_counted_in_each_part_in_which_they_were(spans: list[tuple[float, float]]) -> None:
    records = [call("calm", began, began + lasted) for began, lasted in spans]
    seconds = max((record.ended_at for record in records), default=0.0)
    size, rows = part_s(seconds), over_time(records, seconds)
    assert len(rows) <= MOST_PARTS
    assert sum(row["came"] for row in rows) == len(records)
    for row in rows:
        low, high = row["at_s"], row["at_s"] + size
        assert row["up"] == sum(record.began_at < high and record.ended_at >= low for record in records)


def test_each_kind_has_its_own_and_together_they_are_all() -> None:
    told = report()
    calm, hasty = (told["kinds"][kind]["over_time"] for kind in ("calm", "hasty"))
    for name in ("came", "up", "failed", "abandoned"):
        assert [a[name] + b[name] for a, b in zip(calm, hasty, strict=True)] == [row[name] for row in told["over_time"]]
    assert [row["came"] for row in hasty] == [0, 2, 0, 1]
    assert set(FIGURES) | {"at_s"} == set(calm[0])


def test_the_csv_over_time_has_a_line_for_each_part_and_kind_and_what_the_machine_spent() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv_over_time(report()))))
    assert [row["kind"] for row in rows] == ["all"] * 4 + ["calm"] * 4 + ["hasty"] * 4
    assert rows[2]["failed_codes"] == "none:1 503:1"
    assert [row["asterisk_cores"] for row in rows[:4]] == ["0.0", "0.1", "0.2", "0.30000000000000004"]
    assert rows[4]["asterisk_cores"] == "", "the machine works for all kinds"
    assert "engine_cores" not in as_csv_over_time(report(cost=False))


def test_the_page_has_a_small_plot_for_each_figure_and_of_the_machine_where_it_was_measured() -> None:
    with_cost, without = plots_over_time(report()), plots_over_time(report(cost=False))
    assert len(with_cost) == len(without) + 2
    assert all(drawn.startswith("<svg") for drawn in with_cost)
    assert page(report()).count("<svg") == 4 + len(with_cost)


def test_a_plot_of_many_kinds_has_those_with_the_most_callers_and_says_how_many_are_left_out() -> None:
    told = report((*(f"kind{n}" for n in range(10)), "calm", "hasty"))
    assert kinds_left_out(told) == 12 - MOST_LINES
    assert f"{12 - MOST_LINES} kinds with the fewest callers have no line" in page(told)


def test_a_run_without_any_call_can_be_told_too() -> None:
    scenario = Scenario.model_validate({"name": "x", "callers": {"calm": {"steps": [{"wait": 1}]}}})
    told = report_of(Run(scenario, ("127.0.0.1", 5060), began_at=0.0, seconds=0.0))
    assert [row["came"] for row in told["over_time"]] == [0]
    assert "<svg" in page(told)
