"""The tree of tickets' categories: what may be written, what is told of mistakes, and what commands and reports make
of it."""

import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from agents import load_directory
from hotline.audit import entries
from hotline.categories import load_categories, looked_through
from ivr import FlowErrors

ROOT = Path(__file__).parents[3]
Run = Callable[..., Awaitable[Any]]


pytestmark = pytest.mark.usefixtures("here")


def told(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FlowErrors) as error:
        load_categories(path)
    return [str(one).removeprefix(f"{path}:") for one in error.value.mistakes]


def test_the_shipped_tree_is_right_and_names_are_found_by_code_or_name() -> None:
    tree, doubts = looked_through(
        ROOT / "dialplans" / "categories.yaml", load_directory(ROOT / "dialplans" / "directory.yaml")
    )
    assert doubts == []
    assert (tree.named("0101"), tree.named("路灯照明"), tree.named("street LIGHTS")) == ("0101", "0101", "0101")
    assert tree.named("Unicorns") is None
    assert tree.within("01") >= {"01", "0101"} and "02" not in tree.within("01")


def test_every_mistake_is_told_with_line_and_remedy(tmp_path: Path) -> None:
    found = told(
        tmp_path / "c.yaml",
        """version: 1
categories:
  "01":
    zh: 城市管理
    en: City
    department: urban_managment
    inside:
      "02": {zh: 路灯, en: Street lights}
  "02": {zh: 交通, en: Traffic}
""",
    )
    assert len(found) == 1
    assert found[0].startswith("9:") and "the code 02 is there twice (give one of them another code)" in found[0]
    unknown, lacking = told(tmp_path / "c.yaml", 'categories:\n  "01":\n    zh: 城市\n    english: City\n')
    assert unknown.startswith("2:") or lacking.startswith("2:")
    assert any(one.startswith("4:") for one in (unknown, lacking))
    assert told(tmp_path / "c.yaml", "categories:\n  路灯: {zh: a, en: b}\n")[0].startswith("2:")
    deep = 'categories:\n  "1": {zh: a, en: a, inside: {"2": {zh: a, en: a, inside: {"3": {zh: a, en: a, inside: '
    deep += '{"4": {zh: a, en: a, inside: {"5": {zh: a, en: a}}}}}}}}}\n'
    assert "more than 4 deep" in told(tmp_path / "c.yaml", deep)[0]


def test_a_department_that_the_directory_does_not_have_is_doubtful_and_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        'categories:\n  "01":\n    {zh: 城市, en: City,\n     department: urban_managment}\n', encoding="utf-8"
    )
    tree, [doubt] = looked_through(path, load_directory(ROOT / "dialplans" / "directory.yaml"))
    assert tree.codes == {"01"}
    assert str(doubt).startswith(f"{path}:4:") and "did you mean 'urban_management'?" in str(doubt)


async def test_check_tells_the_trees_mistakes_beside_all_others(here: Path, run: Run) -> None:
    for path in (ROOT / "dialplans").glob("*.*"):
        shutil.copy(path, here / "dialplans")
    (here / "dialplans" / "categories.yaml").write_text('categories:\n  "01": {zh: 城市}\n', encoding="utf-8")
    result = await run("check")
    assert result.exit_code == 1
    assert "categories.yaml:2:" in result.stderr


async def test_a_ticket_is_sorted_under_a_category_of_the_tree_only(run: Run, done: Run) -> None:
    made = await done("tickets", "create", "--subject", "路灯不亮", "--category", "路灯照明")
    assert made["category"] == "0101"
    other = await done("tickets", "create", "--subject", "水")
    result = await run("tickets", "edit", other["number"], "--category", "Unicorns")
    assert result.exit_code == 2 and "there is no 'Unicorns'; there are: 01 (城市管理)" in result.stderr
    edited = await done("tickets", "edit", other["number"], "--category", "0301")
    assert "category: - → 0301" in edited["changes"][-1]["note"]
    assert [row["number"] for row in await done("tickets", "list", "--category", "01")] == [made["number"]]
    shown = await run("tickets", "list", "--category", "City management")
    assert "0101 路灯照明" in shown.stdout


async def test_the_report_tells_the_top_categories(run: Run, done: Run) -> None:
    for caller in ("13812345678", "13812345678", "13912345678"):
        await done("tickets", "create", "--subject", "路灯", "--caller", caller, "--category", "0101")
    await done("tickets", "create", "--subject", "水")
    report = await done("report", "day")
    assert report["categories"] == [
        {"category": "0101", "tickets": 3, "callers": 2, "name": "0101 路灯照明 Street lights"},
        {"category": "", "tickets": 1, "callers": 0, "name": "未分类 not sorted"},
    ]
    shown = await run("report", "day", "--language", "en")
    assert "Top categories" in shown.stdout and "0101 Street lights" in shown.stdout


async def test_tickets_go_out_into_a_workbook_and_back_and_who_did_so_is_kept(here: Path, run: Run, done: Run) -> None:
    await done("tickets", "create", "--subject", "=1+1", "--caller", "13812345678", "--category", "0101")
    await done("tickets", "create", "--subject", "水")
    out = here / "out.xlsx"
    assert await done("export", str(out), "--category", "01", "--by", "li") == {"tickets": 1, "file": str(out)}
    [_, row] = openpyxl.load_workbook(out).worksheets[0].values
    assert row[3] == "13812345678" and row[6] == "'=1+1"
    noted = list(entries(here / "var" / "audit.jsonl"))[-1]
    assert (noted["act"], noted["by"]) == ("export-tickets", "li")
    assert (await run("export", str(out))).exit_code == 1  # it is there already
    assert (await run("export", "out.pdf")).exit_code == 2

    refused = await run("import", str(out), "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["mistakes"][0]["row"] == 2
    words = await run("import", str(out))
    assert "there is a ticket" in words.stderr and "Nothing was imported." in words.stderr
    table = here / "new.csv"
    table.write_bytes("主题,类别,承办单位\n路灯,路灯照明,市水务集团\n".encode("gbk"))
    assert (await done("import", str(table), "--dry-run"))["dry_run"] is True
    assert (await done("import", str(table)))["tickets"] == 1
    found = await done("tickets", "list", "--department", "water")
    assert [(one["subject"], one["category"]) for one in found] == [("路灯", "0101")]
