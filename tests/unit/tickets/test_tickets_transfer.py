"""Tickets as tables, on SQLite and PostgreSQL: round trip, mistakes in rows, encodings, dates, formulas."""

import csv
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from calls.clock import ManualClock
from tickets import (
    Channel,
    Deadlines,
    OrderBook,
    OrderFacts,
    Orders,
    Store,
    TicketKind,
    TicketStep,
    Urgency,
    WantedOrders,
    Wish,
    WorkingDays,
    migrate,
)
from tickets.transfer import (
    ExportFailed,
    ImportRefused,
    Known,
    TableUnreadable,
    export_tickets,
    import_tickets,
    open_table,
)
from tickets.transfer.cells import from_xlsx, guarded, to_xlsx, unguarded
from tickets.transfer.moments import meant, said

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=ZONE).timestamp()
DEADLINES = Deadlines(WorkingDays(ZONE))
KNOWN = Known(ZONE, MONDAY + 1e6, {"water": "water", "08": "water", "市水务集团": "water"},
              {"0101": "0101", "路灯照明": "0101"})  # fmt: skip
ANY = WantedOrders()


async def take_in(store: Store, path: Path, known: Known = KNOWN, *, trial: bool = False) -> int:
    return await import_tickets(store, path, known, DEADLINES, "li", trial=trial)


async def give_out(store: Store, path: Path) -> int:
    return await export_tickets(store, path, ANY, ZONE, MONDAY)


def table(path: Path, *rows: Sequence[Any], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


async def mistakes_of(store: Store, path: Path) -> list[str]:
    with pytest.raises(ImportRefused) as refused:
        await take_in(store, path)
    assert await OrderBook(store).find(ANY, MONDAY) == []
    return [str(one) for one in refused.value.mistakes]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_what_is_exported_and_imported_elsewhere_is_what_there_was(
    store: Store, tmp_path: Path, ending: str
) -> None:
    orders = Orders(store, ManualClock(MONDAY), DEADLINES)
    odd = '=HYPERLINK("http://x"),\'"引号"\r\n第二行\t\'=1\'; _x000D_ \x07 e\u0301 😀'
    first = await orders.create(
        OrderFacts(
            TicketKind.COMPLAINT,
            "路灯不亮",
            odd,
            "+8613812345678",
            "'+张三",
            "@人民路12号",
            "0101",
            Urgency.POLICE,
            Channel.TEXT,
        ),
        "li",
    )
    await orders.take(first, Wish(TicketStep.DISPATCH, department="water"), "li")
    await orders.take(first, Wish(TicketStep.ACCEPT), "li")
    await orders.take(first, Wish(TicketStep.ANSWER, "-已修复"), "li")
    await orders.create(OrderFacts(subject="水压低"), "li")
    there, back = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    assert await give_out(store, there) == 2

    other = Store(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
    await migrate.upgrade(other)
    assert await take_in(other, there) == 2
    await give_out(other, back)
    assert cells_of(there) == cells_of(back)
    before, after = [await OrderBook(each).one(first, MONDAY) for each in (store, other)]
    assert before is not None and after is not None
    theirs, ours = [each.model_dump(exclude={"changes"}) for each in (after, before)]
    assert theirs == {
        name: pytest.approx(value, abs=1e-6) if isinstance(value, float) else value for name, value in ours.items()
    }
    assert (after.content, after.caller) == (odd, "+8613812345678")
    assert [change.action for change in after.changes] == ["import"]
    assert await Orders(other, ManualClock(MONDAY), DEADLINES).create(OrderFacts(subject="新"), "li") == "2611020003"
    await other.close()


def cells_of(path: Path) -> list[Any]:
    if path.suffix == ".csv":
        return path.read_bytes().splitlines()
    return list(openpyxl.load_workbook(path).worksheets[0].values)


@given(st.text())
def test_a_cell_comes_back_as_it_was_and_is_never_a_formula(written: str) -> None:
    assert unguarded(guarded(written)) == written
    assert from_xlsx(to_xlsx(written)) == written
    assert not guarded(written).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.floats(min_value=7e8, max_value=4e9))
def test_a_moment_comes_back_to_the_microsecond(at: float) -> None:
    for zone in (ZONE, ZoneInfo("America/New_York")):  # an hour in autumn is there twice
        assert said(meant(said(at, zone), zone), zone) == said(at, zone)


@pytest.mark.parametrize(
    "written",
    ["2026-11-02 09:00", "2026/11/2 9:00", "2026年11月2日 9时00分", "2026.11.02T09:00:00", "2026-11-02T01:00:00Z",
     datetime(2026, 11, 2, 9)],
)  # fmt: skip
def test_dates_are_read_as_people_write_them(written: Any) -> None:
    assert meant(written, ZONE) == datetime(2026, 11, 2, 9, tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    "written", ["11/02/2026", "2026-13-01", "2026-02-30", "gestern", "0026-01-01", "2026-11-02 25:00"]
)
def test_a_date_that_is_none_or_may_be_two_is_refused_with_a_remedy(written: str) -> None:
    with pytest.raises(ValueError, match=r"write it like 2026-11-27 09:30"):
        meant(written, ZONE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
async def test_a_table_is_read_in_every_encoding_that_offices_use(store: Store, tmp_path: Path, encoding: str) -> None:
    path = table(tmp_path / "old.csv", ["主题", "内容", "来电号码", "类型", "类别", "登记时间"],
                 ["路灯不亮", "人民路12号门前，三天了", "13812345678", "投诉", "路灯照明", "2026/11/2 9:00"],
                 encoding=encoding)  # fmt: skip
    assert await take_in(store, path) == 1
    [found] = await OrderBook(store).find(ANY, MONDAY)
    assert (found.subject, found.kind, found.category, found.state) == ("路灯不亮", "complaint", "0101", "registered")
    assert found.answer_by is not None
    assert datetime.fromtimestamp(found.answer_by, ZONE).strftime("%m-%d %H:%M") == "11-24 00:00"


async def test_every_wrong_cell_is_told_with_row_field_and_remedy_and_nothing_is_imported(
    store: Store, tmp_path: Path
) -> None:
    path = table(tmp_path / "bad.csv", ["主题", "来电号码", "类型", "类别", "承办单位", "状态", "登记时间", "满意度"],
                 ["好的", "13812345678", "咨询", "", "", "", "", ""],
                 ["路灯", "138-1234", "抱怨", "9999", "公园", "丢了", "2.11.26", "6"],
                 ["水", "1.38E+10", "", "", "", "closed", "2099-01-01", ""],
                 ["", "13812345678", "", "", "", "", "", ""])  # fmt: skip
    found = await mistakes_of(store, path)
    assert [one.split(":")[0] for one in found] == [
        "row 3, 来电号码 caller", "row 3, 类型 kind", "row 3, 类别 category", "row 3, 承办单位 department",
        "row 3, 状态 state", "row 3, 登记时间 created_at", "row 3, 满意度 satisfaction",
        "row 4, 来电号码 caller", "row 4, 登记时间 created_at", "row 5",
    ]  # fmt: skip
    assert "write digits only" in found[0] and "咨询 or enquiry" in found[1] and "format the column as text" in found[7]


async def test_a_closed_ticket_says_when(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path / "bad.csv", ["subject", "state"], ["路灯", "已办结"])
    assert await mistakes_of(store, path) == [
        "row 2, 办结时间 closed_at: is empty, but the ticket is closed (fill it in)"
    ]


async def test_a_number_that_is_there_already_is_refused_in_its_row(store: Store, tmp_path: Path) -> None:
    head, row = ["number", "subject"], ["2611020001", "路灯"]
    assert (
        "row 3, 工单号 number: there is a ticket 2611020001 already"
        in (await mistakes_of(store, table(tmp_path / "twice.csv", head, row, row)))[0]
    )
    assert await take_in(store, table(tmp_path / "once.csv", head, row)) == 1
    with pytest.raises(ImportRefused, match=r"row 2.*already"):
        await take_in(store, tmp_path / "once.csv")


async def test_a_trial_says_what_would_happen_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", ["subject"], *([f"s{n}"] for n in range(700)))
    assert await take_in(store, path, trial=True) == 700
    assert await OrderBook(store).find(ANY, MONDAY) == []
    assert await take_in(store, path) == 700
    async with store.read() as session:
        assert (await session.execute(text("select count(distinct number) from tickets"))).scalar() == 700


async def test_mistakes_beyond_the_first_hundred_are_counted(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", ["subject", "kind"], *(["s", "?"] for _ in range(250)))
    with pytest.raises(ImportRefused) as refused:
        await take_in(store, path)
    assert (len(refused.value.mistakes), refused.value.more) == (100, 150)
    assert str(refused.value).endswith("and 150 more")


@pytest.mark.parametrize(
    ("name", "content", "said_of_it"),
    [
        ("t.csv", "主题\n路灯".encode() + b"\xff\xff", "line 2 is no text"),
        ("t.csv", "主题,内容\n路灯,人民路门前三天\xff".encode()[:-3], "line 2 is no text"),
        ("t.csv", b"", "holds no headings"),
        ("t.csv", b"name,colour\na,b", "no column 'name'"),
        ("t.csv", b"subject,subject\na,b", "there twice"),
        ("t.csv", b'subject\n"never closed', "is a quote not closed"),
        ("t.csv", b"subject\n" + b"x" * 200_000, "field larger"),
        ("t.xlsx", b"no zip at all", "is no XLSX file"),
        ("t.xls", b"", "save it as .xlsx"),
        ("t", b"", "give it the ending"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_with_a_remedy(
    tmp_path: Path, name: str, content: bytes, said_of_it: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableUnreadable, match=said_of_it), open_table(tmp_path / name) as opened:
        list(opened.rows)


def test_damaged_utf8_is_not_taken_for_gbk(tmp_path: Path) -> None:
    content = "主题\n路灯不亮，人民路\n".encode() + "路".encode()[:2] + b"\n"
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(TableUnreadable, match="line 3 is no text"), open_table(tmp_path / "t.csv"):
        pass


async def test_numbers_and_dates_of_a_spreadsheet_are_read_as_they_look(store: Store, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["主题", "来电号码", "登记时间", "满意度"])
    book.active.append(["路灯", 13812345678, datetime(2026, 11, 2, 9), 1.0])
    book.active.append([None, None, None, None])
    book.save(tmp_path / "t.xlsx")
    assert await take_in(store, tmp_path / "t.xlsx") == 1
    [found] = await OrderBook(store).find(ANY, MONDAY)
    assert (found.caller, found.satisfaction) == ("13812345678", 1)
    assert found.created_at == datetime(2026, 11, 2, 9, tzinfo=ZONE).timestamp()


async def test_a_text_that_no_cell_can_hold_is_told_and_leaves_no_file(store: Store, tmp_path: Path) -> None:
    await Orders(store, ManualClock(MONDAY), DEADLINES).create(OrderFacts(subject="长", content="长" * 40_000), "li")
    with pytest.raises(ExportFailed, match=r"2611020001 has too long a text.*write \.csv"):
        await give_out(store, tmp_path / "t.xlsx")
    assert await give_out(store, tmp_path / "t.csv") == 1
    left = [path.name for path in tmp_path.iterdir()]  # noqa: ASYNC240 - small, and nothing else runs
    assert [name for name in left if not name.startswith("store")] == ["t.csv"]


async def test_a_department_that_is_gone_is_told_by_its_row(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", ["subject", "department"], ["路灯", "08"])
    gone = replace(KNOWN, departments={})
    with pytest.raises(ImportRefused, match="row 2, 承办单位 department: there is no department '08'"):
        await take_in(store, path, gone)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_file_is_never_in_memory_as_a_whole(store: Store, tmp_path: Path) -> None:
    path, out = tmp_path / "large.csv", tmp_path / "out.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("subject,content,category\n")
        file.writelines(f"路灯{n},{'人民路门前不亮' * 300},0101\n" for n in range(2500))
    assert path.stat().st_size > 15e6
    tracemalloc.start()
    try:
        await take_in(store, path)
        await give_out(store, out)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert out.stat().st_size > path.stat().st_size
    assert peak < 10e6
