"""A run told: page, CSV, JUnit, live view, and two runs compared."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from simulator.measures.sip_times import sip_times
from simulator.plumbing import Step
from simulator.scenario import Run, Scenario
from simulator.scenario.record import CallRecord, Defect, Moment, Went
from simulator.telling.comparing import compared, unlike
from simulator.telling.files import as_csv, as_json, as_junit
from simulator.telling.live import LiveView
from simulator.telling.page import page
from simulator.telling.plots_over_time import plots_over_time
from simulator.telling.report import MOST_HEARD, MOST_OPENED, STOPPED, Report, report_of
from simulator.telling.tables import report_table

NASTY = "=cmd()<script>alert(1)</script>"
SCENARIO = Scenario.model_validate(
    {
        "name": "told",
        "callers": {"good": {"steps": [{"wait": 1}]}, "bad": {"steps": [{"wait": 1}], "limits": {"failed": 0}}},
        "limits": {"failed_share": 0.9, "wait_p95_s": 0.5},
    }
)


def run(wait: float = 1.0, late: float = 1.0) -> Run:
    ladder = [Step(5.0, ">", f"INVITE sip:{NASTY}"), Step(5.2, "<", "486 Busy Here (INVITE)")]
    good = CallRecord(0, "good", "13800000000", 0.0, ended_at=3.0, went=Went.DONE, wait_s=wait, agent="1001")
    bad = CallRecord(
        1, "bad", "13800000001", 0.0, began_at=1.0, ended_at=2.0, reason=NASTY, step=1, defects=[Defect.ONE_WAY],
        sip=[sip_times(ladder)], ladders=[ladder], timeline=[Moment(1.0, f"dials {NASTY}")],
        audio=np.zeros(800, np.int16),
    )  # fmt: skip
    return Run(SCENARIO, ("127.0.0.1", 5060), began_at=0.0, seconds=3.0, records=[bad, good], seats=1,
               late_ms={"p50": 0.1, "p99": late, "max": late})  # fmt: skip


@pytest.fixture
def report() -> Report:
    return report_of(run())


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_needs_nothing_from_outside_and_runs_nothing_that_came_from_there(report: Report) -> None:
    tags = Tags()
    tags.feed(page(report))
    names = [tag for tag, _ in tags.found]
    assert not {"script", "link", "iframe", "img"} & set(names)
    assert all((attrs.get("src") or "data:").startswith("data:") for _, attrs in tags.found)
    assert names.count("svg") == 4 + len(plots_over_time(report))


def test_a_failed_call_can_be_opened_with_its_ladder_its_timeline_and_its_sound(report: Report) -> None:
    (opened,) = report["opened"]
    assert opened["ladders"][0][1] == {"at_s": 0.2, "run_s": 1.2, "way": "<", "line": "486 Busy Here (INVITE)"}
    assert opened["timeline"][0]["what"].startswith("dials")
    assert opened["audio_wav"].startswith("UklGR")  # RIFF
    told = page(report)
    assert told.count("<details>") == 1
    assert "caller &lt;--- 486 Busy Here" in told
    assert "data:audio/wav;base64,UklGR" in told


class Sides(HTMLParser):
    """The text of each column of each call that can be opened."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[str]] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div" and self._depth:
            self._depth += 1
            self.calls[-1].append("")
        elif tag == "div" and (dict(attrs).get("class") or "").startswith("sides"):
            self._depth = 1
            self.calls.append([])

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "div" and self._depth > 0

    def handle_data(self, data: str) -> None:
        if self._depth > 1:
            self.calls[-1][-1] += data


def sides(told: str) -> list[list[str]]:
    parser = Sides()
    parser.feed(told)
    return parser.calls


def test_a_call_s_ladder_and_what_the_engine_tells_of_it_stand_side_by_side_by_one_clock(report: Report) -> None:
    assert [len(columns) for columns in sides(page(report))] == [1], "without the engine's side there is one column"
    report["opened"][0]["engine"] = ["call 7: refused", "    1.19  Refused"]
    ((caller, engine),) = sides(page(report))
    assert re.search(r"^ +1\.20  caller <--- 486 Busy Here", caller, re.M), "it counts from the run's beginning, too"
    assert "1.19  Refused" in engine
    assert "Refused" not in caller


def test_calls_that_cannot_be_opened_any_more_are_told_with_where_they_are() -> None:
    told = run()
    bad = told.records[0]
    told.records = [replace(bad, index=index) for index in range(MOST_OPENED + 3)]
    report = report_of(told)
    html = page(report)
    assert (html.count("<details>"), html.count("<audio")) == (MOST_OPENED, MOST_HEARD)
    assert "3 more went wrong" in html
    assert "in the CSV" in html
    assert f"of the first {MOST_HEARD} that failed" in html
    assert len(list(csv.DictReader(io.StringIO(as_csv(report))))) == MOST_OPENED + 3
    assert "more went wrong" not in page(report_of(run()))


def test_missed_limits_are_the_verdict_and_the_junit_failures(report: Report) -> None:
    assert report["limits_missed"] == ["wait_p95_s: 1, allowed 0.5", "bad: failed: 1, allowed 0"]
    assert report["verdict"] == "failed"
    suite = ElementTree.fromstring(as_junit(report).partition("\n")[2])
    assert (suite.get("tests"), suite.get("failures")) == ("5", "2")
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["all: wait_p95_s 0.5", "bad: failed 0"]


def test_a_kind_whose_steps_did_not_hold_or_that_never_called_fails_on_the_build_server() -> None:
    told = run()
    told.scenario = Scenario.model_validate(
        {"name": "told", "callers": {name: {"steps": [{"wait": 1}]} for name in ("good", "bad", "nobody")}}
    )
    suite = ElementTree.fromstring(as_junit(report_of(told)).partition("\n")[2])
    failed = {case.get("name"): one.get("message") for case in suite if (one := case.find("failure")) is not None}
    assert failed == {
        "bad": "the steps of 1 of 1 did not hold",
        "nobody": "none of them called: nothing is known of this kind",
    }
    assert suite.get("failures") == "2"


@pytest.mark.parametrize(
    ("more", "rate"), [({"limits": {"failed_share": 0.5}}, None), ({"limits": {"failed": 1}}, None), ({}, 4.0)]
)
def test_failures_that_are_allowed_in_the_run_fail_no_kind_on_the_build_server(
    more: dict[str, Any], rate: float | None
) -> None:
    told = run()
    callers = {name: {"steps": [{"wait": 1}]} for name in ("good", "bad")}
    told.scenario = Scenario.model_validate({"name": "told", "callers": callers, **more})
    told.sustained_rate = rate
    assert 'failures="0"' in as_junit(report_of(told))


def test_the_csv_has_a_line_for_each_call_and_no_formula_for_a_spreadsheet(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(report))))
    assert [row["kind"] for row in rows] == ["good", "bad"]
    assert rows[1]["reason"] == f"'{NASTY}"
    assert rows[0]["wait_s"] == "1.0"


def test_the_json_is_what_a_machine_reads(report: Report) -> None:
    told = json.loads(as_json(report))
    assert (told["placed"], told["failed"], told["answered"], told["one_way"]) == (2, 1, 1, 1)
    assert told["kinds"]["good"]["wait_s"]["p95"] == 1.0


def test_two_reports_are_compared_figure_by_figure_and_doubts_are_told(report: Report) -> None:
    slower = report_of(run(wait=2.0, late=80.0))
    rows = {row.name: row for row in compared(report, slower)}
    assert rows["wait_s p95"].ratio == 2.0
    assert rows["placed"].ratio == 1.0
    assert [remark for remark in unlike(report, slower) if "second: the simulator itself was late" in remark]
    assert not list(unlike(report, report))


def test_what_makes_two_runs_unlike_is_told(report: Report) -> None:
    other = report | {"target": "127.0.0.1:9", "stopped": True, "limits_missed": [STOPPED, "failed: 9, allowed 0"]}
    assert list(unlike(report | {"limits_missed": []}, other)) == [
        f"target: {report['target']} against 127.0.0.1:9",
        "second: it was stopped before its end",
        "second: a limit was missed: failed: 9, allowed 0",
    ]


def shown(what: object) -> str:
    console = Console(width=150, file=io.StringIO(), highlight=False)
    console.print(what)
    out = console.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


def test_people_see_kinds_times_reasons_and_verdict_in_the_terminal(report: Report) -> None:
    told = shown(report_table(report))
    assert re.search(r"bad\s*│ 1\s*│ 0", told)
    assert "failed: wait_p95_s: 1, allowed 0.5; bad: failed: 1, allowed 0" in told


def test_the_live_view_counts_each_call_once() -> None:
    going = run()
    view = LiveView(SCENARIO, quiet=True)
    with view:
        view.show(going)
        view.show(going)
    told = shown(view.table(going))
    assert re.search(r"good\s*│ 1\s*│ 0\s*│ 0\s*│ 1.0 s", told)
    assert "last failure: bad" in told


def test_a_run_in_which_nobody_called_has_not_passed() -> None:
    told = run()
    told.records = []
    report = report_of(told)
    assert report["verdict"] == "failed"
    assert report["limits_missed"][0] == "calls: none was placed, at least 1"


def test_without_a_limit_a_run_passes_unless_all_calls_failed() -> None:
    unlimited = Scenario.model_validate({"name": "told", "callers": {"any": {"steps": [{"wait": 1}]}}})

    def told(*went: Went) -> Report:
        records = [CallRecord(number, "any", "138", 0.0, went=each) for number, each in enumerate(went)]
        return report_of(Run(unlimited, ("127.0.0.1", 5060), seconds=3.0, records=records))

    some = told(Went.FAILED, Went.DONE)
    assert some["verdict"] == "passed"
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(report_table(some))
    assert "passed: no limit was stated" in console.export_text()
    assert told(Went.FAILED, Went.FAILED)["limits_missed"] == ["calls: all 2 failed, and no limit says how many may"]
