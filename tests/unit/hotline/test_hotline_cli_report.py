"""``hotline report`` and ``hotline generate-month``: the month is made, and each figure is found again in raw rows."""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from calls import CallId, Outcome, SystemClock
from calls import timeline as t
from hotline.cli.app import app
from tickets import Journal, Store, migrate

ROOT = Path(__file__).parents[3]
WHOLE = 150_000
EVIL = "<script>alert(1)</script>[red]&=1+1"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module", params=[2_000, pytest.param(WHOLE, marks=pytest.mark.soak)])
def month(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated month of 2,000 calls; in a soak of a large city's 150,000, too."""
    file = tmp_path_factory.mktemp("month") / "month.db"
    words = ("--calls", str(request.param), "--seed", "3", "--month", "2026-10")
    result = run("generate-month", *words, "--store", url(file))
    assert result.exit_code == 0, result.output
    return file


def url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def told(file: Path, *words: str) -> dict[str, Any]:
    result = run("report", *words, "--json", "--store", url(file))
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def ask(file: Path, sql: str) -> Any:
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(sql).fetchall()
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows


def events(file: Path) -> Iterator[list[tuple[str, float, dict[str, Any]]]]:
    """Each call's raw events, in order."""
    calls: dict[str, list[tuple[str, float, dict[str, Any]]]] = {}
    for call, kind, at, data in ask(file, "select call_id, kind, at, data from journal order by call_id, seq"):
        calls.setdefault(call, []).append((kind, at, json.loads(data)))
    yield from calls.values()


def value(report: dict[str, Any], key: str) -> Any:
    [found] = [one for one in (*report["judged"], *report["field"]) if one["key"] == key]
    return found["value"]


def test_each_figure_of_the_month_is_found_again_in_the_raw_rows(month: Path) -> None:
    report = told(month, "month", "2026-10")
    # Asked for a person: has a Queued event; answered by one: a Connected event.
    asked = ask(month, "select count(distinct call_id) from journal where kind = 'Queued'")
    talked = ask(month, "select count(distinct call_id) from journal where kind = 'Connected'")
    waited = """(select min(c.at) - min(q.at) as s from journal q join journal c on c.call_id = q.call_id
                 where q.kind = 'Queued' and c.kind = 'Connected' group by q.call_id)"""
    said = "from journal where kind = 'SurveyAnswered'"
    gone = "from calls where outcome = 'abandoned_queue'"
    short = ask(month, f"select count(*) {gone} and waiting_s < 5")
    abandoned = ask(month, f"select count(*) {gone}")
    assert report["arrived"] == ask(month, "select count(*) from calls") >= 2000
    assert value(report, "connect_rate") == talked / asked
    assert value(report, "answer_timeliness") == ask(month, f"select avg(s <= 15.0) from {waited}")
    assert value(report, "asa") == pytest.approx(ask(month, f"select avg(s) from {waited}"))
    assert value(report, "longest_wait") == pytest.approx(ask(month, "select max(waiting_s) from calls"))
    assert value(report, "satisfaction") == pytest.approx(
        ask(month, f"select avg(json_extract(data, '$.satisfied')) {said}")
    )
    assert value(report, "aht") == pytest.approx(
        ask(month, "select sum(talking_s + wrap_up_s) from calls where outcome = 'answered'") / talked
    )
    assert value(report, "abandonment") == abandoned / asked
    assert value(report, "short_abandoned") == short
    assert value(report, "abandonment_without_short") == (abandoned - short) / (asked - short)


def test_service_levels_and_endings_of_the_month_are_found_again_in_the_raw_events(month: Path) -> None:
    report = told(month, "month", "2026-10")
    waits: dict[str, tuple[list[float], list[float]]] = {clock: ([], []) for clock in ("ring", "menu", "queue")}
    ends: dict[str, int] = {}
    sent = {number for (number,) in ask(month, "select distinct ticket from ticket_changes where action = 'dispatch'")}
    for timeline in events(month):
        at = {kind: when for kind, when, _ in reversed(timeline)}  # the first of each kind
        kinds = {kind for kind, _, _ in timeline}
        outcome = next(data["outcome"] for kind, _, data in timeline if kind == "CallEnded")
        three = any(kind == "PartyJoined" and data["party"].startswith("department:") for kind, _, data in timeline)
        ending = "passed_on" if "PassedOn" in kinds else ("three_way" if three else outcome)
        if "Connected" in kinds and sent & {data["ticket"] for kind, _, data in timeline if kind == "TicketOpened"}:
            ending = "dispatched"
        ends[ending.replace("answered", "agent")] = ends.get(ending.replace("answered", "agent"), 0) + 1
        if "Queued" not in kinds or outcome not in ("answered", "abandoned_queue"):
            continue
        keys = [when for kind, when, _ in timeline if kind == "DigitsEntered" and when <= at["Queued"]]
        starts = {"ring": at["CallArrived"], "menu": keys[-1], "queue": at["Queued"]}
        for clock, start in starts.items():
            until = at["Connected"] if outcome == "answered" else at["CallEnded"]
            waits[clock][outcome != "answered"].append(until - start)
    assert {name: times for name, times in report["endings"].items() if times} == ends
    for one in report["levels"]:
        answered, left = waits[one["clock"]]
        a, b = sum(s <= 15 for s in answered), sum(s <= 15 for s in left)
        both = len(answered) + len(left)
        assert one["value"] == pytest.approx({
            "abandoned_count_as_kept": (a + b) / both, "answered_only": a / len(answered),
            "abandoned_count_against": a / both, "short_abandoned_left_out": a / (both - b),
            "short_abandoned_half": (a + b / 2) / both,
        }[one["definition"]])  # fmt: skip


def test_groups_and_occupancy_of_the_month_are_found_again_in_the_raw_rows(month: Path) -> None:
    report = told(month, "month", "2026-10")
    hour = "cast(strftime('%H', arrived_at + 8 * 3600, 'unixepoch') as int)"
    arrivals = dict(ask(month, f"select {hour}, count(*) from calls group by 1"))
    assert {int(row["name"]): row["calls"] for row in report["by_hour"] if row["calls"]} == arrivals
    assert sum(map(sum, report["arrivals"])) == report["arrived"]
    queues = dict(ask(month, "select queue, count(*) from calls where queue != '' group by 1"))
    assert {row["name"]: row["asked"] for row in report["by_queue"]} == queues
    agents = {agent: (n, aht) for agent, n, aht in ask(
        month, "select agent, count(*), avg(talking_s + wrap_up_s) from calls where outcome = 'answered' group by 1"
    )}  # fmt: skip
    assert {row["name"]: row["answered"] for row in report["by_agent"]} == {a: n for a, (n, _) in agents.items()}
    for row in report["by_agent"]:
        assert row["aht_s"] == pytest.approx(agents[row["name"]][1])
    skills = dict(ask(month, """select s.key, count(*) from journal, json_each(json_extract(data, '$.needs')) s
                               where kind = 'Queued' group by 1"""))  # fmt: skip
    assert {row["name"]: row["asked"] for row in report["by_skill"]} == skills
    departments = dict(ask(month, "select d.value, count(*) from calls, json_each(departments) d group by 1"))
    assert {row["name"]: row["calls"] for row in report["by_department"]} == departments
    subjects = dict(ask(month, "select subject, count(*) from calls where subject != '' group by 1"))
    assert dict(report["subjects"]) == subjects
    seconds = dict(ask(month, """select state, sum(max(0, min(until, {end}) - max(at, {start}))) from (
        select agent, state, at, coalesce(lead(at) over (partition by agent order by seq), 9e9) as until
        from agent_journal) group by 1""".format(start=report["start"], end=report["end"])))  # fmt: skip
    busy = sum(seconds.get(state, 0) for state in ("talking", "wrap_up"))
    free = sum(seconds.get(state, 0) for state in ("ready", "reserved", "ringing"))
    assert value(report, "occupancy") == pytest.approx(busy / (busy + free))


def test_told_waits_repeated_matters_and_overdue_orders_of_the_month_are_found_again(month: Path) -> None:
    report = told(month, "month", "2026-10")
    off, kept, callers = [], 0, 0
    for timeline in events(month):
        said = [(when, data["wait_s"]) for kind, when, data in timeline if kind == "PlaceAnnounced"]
        answers = [when for kind, when, _ in timeline if kind == "Connected"]
        if said and answers:
            off.append(abs(said[0][1] - (answers[0] - said[0][0])))
            kept += answers[0] - said[0][0] <= said[0][1]
            callers += 1
    assert callers > 20
    assert value(report, "ewt_error") == pytest.approx(sum(off) / callers)
    assert value(report, "ewt_kept") == kept / callers
    found = report["concerns"]
    raised = """select count(*) from tickets b where b.caller = a.caller and b.subject = a.subject and b.caller != ''
                and b.subject != '' and b.created_at <= a.created_at and b.created_at > a.created_at - 30 * 86400"""
    assert found["repeated"] == ask(
        month, f"select count(*) from (select distinct caller, subject from tickets a where ({raised}) >= 3)"
    )
    assert found["overdue"] == ask(
        month, f"""select count(*) from tickets where min(coalesce(accept_by, 9e9), coalesce(answer_by, 9e9))
            <= {report['until']} and state not in ('answered', 'followed_up', 'closed')"""
    ) > 0  # fmt: skip


def test_figures_of_work_orders_are_found_again_in_what_was_done_with_tickets(
    month: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_FILES__DIALPLANS", str(ROOT / "dialplans"))
    report = told(month, "month", "2026-10")
    start, end = report["start"], report["end"]

    def day(at: float) -> int:
        return int((at - start) // 86400)

    done: dict[str, dict[str, list[float]]] = {}  # when each step was taken, by ticket
    for number, action, at in ask(month, "select ticket, action, at from ticket_changes order by ticket, id"):
        done.setdefault(number, {}).setdefault(action, []).append(at)
    counted = {name: [0, 0] for name in ("dispatch_timeliness", "closing_rate", "follow_up_rate", "text_replies")}

    def count(name: str, *, good: bool) -> None:
        counted[name][0] += good
        counted[name][1] += 1

    made = ask(month, "select number, created_at, answer_by, channel from tickets")
    for number, created, answer_by, channel in made:
        steps = done.get(number, {})
        sent = steps.get("dispatch", [])
        since = max(steps.get("reopen", [0.0]))  # what was done before a ticket was taken up again is undone
        ends = ("answer", "follow-up", "close")
        answers, told_at, closed = ([at for at in steps.get(step, []) if at > since] for step in ends)
        if start <= created < end and (sent or (answer_by and not set(steps) - {"create"})):
            count("dispatch_timeliness", good=bool(sent) and day(sent[0]) == day(created))
        if answer_by is not None and start < answer_by <= end:
            count("closing_rate", good=bool(closed) and closed[-1] <= answer_by)
        if answers and start <= answers[-1] < end:
            count("follow_up_rate", good=bool(told_at))
        if channel == "text" and start <= created < end:
            count("text_replies", good=bool(answers) and day(answers[-1]) == day(created))
    for name, (part, whole) in counted.items():
        assert whole > 20
        assert value(report, name) == part / whole, name
    talked = "select call_id from journal where kind = 'Connected'"
    rows = ask(month, f"select data from journal where kind = 'TicketOpened' and call_id in ({talked})")
    opened = [json.loads(data)["ticket"] for (data,) in rows]
    kept = [number for number in opened if not {"dispatch", "reopen"} & set(done.get(number, {}))]
    assert value(report, "first_contact_resolution") == len(kept) / len(opened) < 1
    effective = ask(month, """select count(*) from calls where direction = 'inbound'
        and outcome not in ('abandoned_queue', 'abandoned_menu', 'failed')""")  # fmt: skip
    theirs = ask(month, "select count(*) from tickets where kind = 'complaint' and category = '08'")
    assert value(report, "service_complaints") == theirs / effective > 0
    assert all(one["value"] is not None for one in report["judged"])


def test_the_report_of_a_month_of_up_to_150_000_calls_takes_less_than_ten_seconds_of_work(month: Path) -> None:
    began = time.process_time()
    assert told(month, "month", "2026-10")["arrived"] >= 2000
    assert time.process_time() - began < 10


def test_days_make_up_the_month_and_weeks_overlap_it(month: Path) -> None:
    days = [told(month, "day", f"2026-10-{day:02d}") for day in range(5, 12)]
    week = told(month, "week", "2026-10-07")
    assert sum(day["arrived"] for day in days) == week["arrived"] > 0
    assert (week["first"], week["last"]) == ("2026-10-05", "2026-10-11")


def test_the_same_seed_gives_the_same_content_and_another_another(month: Path, tmp_path: Path) -> None:
    def content(name: str, seed: str) -> list[Any]:
        words = ("--calls", "300", "--seed", seed, "--month", "2026-10", "--store", url(tmp_path / name))
        assert run("generate-month", *words).exit_code == 0
        tables = ("calls", "journal", "agent_journal", "tickets", "ticket_changes")
        return [ask(tmp_path / name, f"select * from {table} order by 1") for table in tables]

    assert content("a.db", "5") == content("b.db", "5")
    assert content("a2.db", "5")[0] != content("c.db", "6")[0]


def test_a_month_is_written_into_an_empty_store_only(month: Path) -> None:
    before = ask(month, "select count(*) from journal")
    result = run("generate-month", "--calls", "10", "--store", url(month))
    assert (result.exit_code, ask(month, "select count(*) from journal")) == (1, before)
    assert "not empty" in result.output


def test_the_terminal_shows_every_figure_in_both_languages_with_its_formula(month: Path) -> None:
    shown = run("report", "month", "2026-10", "--store", url(month)).stdout
    for words in (
        "接通率",
        "connect rate",
        "请求人工的来电",
        "from leaving the menu",
        "自来电起",
        "未知：categories.yaml",
        "月报",
    ):
        assert words in shown
    for language, there, absent in (("zh", "接通率", "connect rate"), ("en", "connect rate", "接通率")):
        only = run("report", "month", "2026-10", "--language", language, "--store", url(month)).stdout
        assert there in only
        assert absent not in only


class Page(HTMLParser):
    """Finds what a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [v or "" for name, v in attrs if name in ("src", "href", "xlink:href")]


async def _keep(here: Path, subject: str) -> None:
    store = Store(url(here / "evil.db"))
    await migrate.upgrade(store)
    of: dict[str, Any] = {"call": CallId("a1-1"), "at": 1_795_690_000.0}
    async with Journal(store, spool=here / "spool.jsonl", clock=SystemClock()) as journal:
        for event in (
            t.CallArrived(**of, caller="1", caller_name="", dialled="12345", node="a1", unique_id="1"),
            t.SubjectNoted(**of, subject=subject, source="hotline"),
            t.CallEnded(**of, outcome=Outcome.ABANDONED_MENU, cause="caller"),
        ):
            journal.append(event)
        await journal.settled()
    await store.close()


def test_the_page_stands_alone_and_nothing_from_outside_gets_into_it_unescaped(here: Path) -> None:
    asyncio.run(_keep(here, EVIL))
    result = run("report", "month", "2026-11", "--html", "r.html", "--store", url(here / "evil.db"))
    assert result.exit_code == 0, result.output
    text = (here / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "script" not in page.tags
    assert "&lt;script&gt;" in text
    assert page.tags.count("svg") == 4
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in page.links)
    assert "[red]" in run("report", "month", "2026-11", "--store", url(here / "evil.db")).stdout


def test_the_page_prints_its_title_and_numbers_and_tears_no_short_table(month: Path, here: Path) -> None:
    assert run("report", "month", "2026-10", "--html", "r.html", "--store", url(month)).exit_code == 0
    text = (here / "r.html").read_text(encoding="utf-8")
    style = text[text.index("<style>") : text.index("</style>")]
    assert "counter(page)" in style and "热线报表" in style and "2026\\2d 10\\2d 01" in style
    assert ".short { break-inside: avoid; }" in style
    parts = text.split("<section")[1:]
    assert all(part.startswith(' class="short"') == (part.count("<tr>") - 1 <= 24) for part in parts)
    assert {part.startswith(' class="short"') for part in parts} == {True, False}
    heading, *_, last = next(part for part in parts if "来电去向" in part).split("<tr>")[1:]
    assert '<th class="number">来电 calls</th>' in heading and '<td class="number">' in last, (
        "numbers below their heading"
    )


def test_the_workbook_has_a_sheet_a_table_and_no_formula_from_outside(here: Path) -> None:
    asyncio.run(_keep(here, "=cmd|' /C calc'!A0\x07"))
    result = run("report", "month", "2026-11", "--xlsx", "r.xlsx", "--store", url(here / "evil.db"))
    assert result.exit_code == 0, result.output
    book = openpyxl.load_workbook(here / "r.xlsx")
    assert {"judged", "levels", "by_hour", "subjects"} <= set(book.sheetnames)
    cell = book["subjects"]["A4"]
    assert (cell.data_type, cell.value) == ("s", "=cmd|' /C calc'!A0\ufffd")
    assert book["endings"]["B12"].value == 1  # numbers are numbers: abandoned in the menu


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("report", "year"), "none of: day, week, month"),
        (("report", "day", "tomorow"), "write today"),
        (("report", "day", "--language", "fr"), "--language"),
        (("report", "day", "--store", "nonsense"), "write a URL like"),
        (("report", "day"), "there is no ticket store"),
        (("generate-month", "--month", "2026-13"), "--month"),
        (("generate-month", "--calls", "0"), "--calls"),
    ],
)
def test_a_mistake_is_told_with_a_remedy_and_no_traceback(words: tuple[str, ...], told: str) -> None:
    result = run(*words)
    assert result.exit_code in (2, 4)
    assert told in result.output
    assert "Traceback" not in result.output


def test_a_file_that_cannot_be_written_is_told_so(month: Path) -> None:
    for option in ("--html", "--xlsx"):
        result = run("report", "month", "2026-10", option, "no/such/folder/r", "--store", url(month))
        assert result.exit_code == 1
        assert "cannot be written" in result.output


def test_the_thresholds_are_settings(month: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_REPORT__THRESHOLD_S", "20")
    report = told(month, "month", "2026-10")
    assert report["rules"]["threshold_s"] == 20
    assert "20秒" in next(one["formula"] for one in report["judged"] if one["key"] == "answer_timeliness")
