"""The report's plain forms: JSON, CSV with a line for each call, JUnit XML for build servers."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from simulator.measures.over_time import FIGURES
from simulator.telling.report import Report

_UNPRINTABLE = {code: "\ufffd" for code in range(32) if code not in (9, 10, 13)}


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def as_csv(report: Report) -> str:
    """Return a line for each call. What a spreadsheet would take for a formula is quoted."""
    rows: list[dict[str, Any]] = report["calls"]
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _plain(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def as_csv_over_time(report: Report) -> str:
    """Return a line for each part of the run: of all callers (kind ``all``) with what the machine spent, and of each
    kind."""
    out = io.StringIO()
    cost = {row["at_s"]: row for row in report.get("cost_over_time", ())}
    columns = [*FIGURES, *dict.fromkeys(name for row in cost.values() for name in row if name != "at_s")]
    writer = csv.DictWriter(out, ["kind", "at_s", *columns], restval="", lineterminator="\n")
    writer.writeheader()
    for kind, rows in (("all", report["over_time"]), *((k, f["over_time"]) for k, f in report["kinds"].items())):
        for row in rows:
            spent = cost.get(row["at_s"], {}) if rows is report["over_time"] else {}
            codes = " ".join(f"{code}:{count}" for code, count in row["failed_codes"].items())
            told = {**spent, **row, "kind": kind, "failed_codes": codes}
            writer.writerow({name: _plain(value) for name, value in told.items()})
    return out.getvalue()


def as_junit(report: Report) -> str:
    """Return JUnit XML: a test for each limit, and one for each kind of callers (did their steps hold?)."""
    suite = ElementTree.Element("testsuite", name=f"hotline simulate {report['scenario']}")
    failures = 0
    for one in report["limits"]:
        case = _case(suite, "limits", f"{one['of'] or 'all'}: {one['name']} {one['limit']:g}")
        if not one["kept"]:
            failures += 1
            _fail(case, f"{one['name']} is {one['value']}, the limit {one['limit']:g}", "")
    for name, figures in report["kinds"].items():
        case = _case(suite, "callers", name)
        if told := _unheld(report, name, figures):
            failures += 1
            _fail(case, told, "")
        ElementTree.SubElement(case, "system-out").text = _clean(
            f"placed {figures['placed']}, done {figures['done']}, abandoned {figures['abandoned']}, "
            f"failed {figures['failed']}\n" + "\n".join(f"{count} x {why}" for why, count in figures["reasons"].items())
        )
    if report["simulator"]["doubts"]:
        _case(suite, "simulator", "was it quick enough?").append(
            ElementTree.Element("skipped", message=_clean("; ".join(report["simulator"]["doubts"])))
        )
    for one in report["simulator"].get("processes", ()):
        if one["died"]:
            failures += 1
            _fail(_case(suite, "simulator", f"process {one['process']}"), f"it died: {one['died']}", "")
    if report["stopped"]:
        failures += 1
        _fail(_case(suite, "simulator", "the whole run"), "it was stopped before its end", "")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("time", str(report["seconds"]))
    suite.set("timestamp", report["began"].removesuffix("+00:00"))
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def _unheld(report: Report, kind: str, figures: Mapping[str, Any]) -> str:
    """Return why a kind of callers is no pass, "" if it is.

    Failures that are limited, or of steps that rise until one fails, are judged by that.
    """
    if not figures["placed"]:
        return "none of them called: nothing is known of this kind"
    limited = any(one["of"] in (kind, "") and one["name"] in ("failed", "failed_share") for one in report["limits"])
    if limited or report["steps"]["sustained_rate"] is not None or not figures["failed"]:
        return ""
    return f"the steps of {figures['failed']} of {figures['placed']} did not hold"


def _case(suite: ElementTree.Element, group: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=group, name=_clean(name))


def _fail(case: ElementTree.Element, message: str, text: str) -> None:
    ElementTree.SubElement(case, "failure", message=_clean(message)).text = _clean(text)


def _clean(text: str) -> str:
    return text.translate(_UNPRINTABLE)


def _plain(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
