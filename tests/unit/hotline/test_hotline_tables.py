"""``hotline export|import departments|categories``, on copies of the files that ship."""

import csv
import difflib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from agents import load_directory
from hotline.categories import load_categories
from hotline.cli.app import app

ROOT = Path(__file__).parents[3]
Row = dict[str, str]


class Here:
    """A folder with ``dialplans``, and the commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.directory = folder, folder / "dialplans" / "directory.yaml"
        self.categories = folder / "dialplans" / "categories.yaml"

    def run(self, *words: str, code: int = 0) -> str:
        told = CliRunner().invoke(app, list(words))
        assert told.exit_code == code, told.output
        return told.output

    def table(self, what: str) -> list[Row]:
        self.run("export", what, "t.csv", "--force")
        with (self.folder / "t.csv").open(encoding="utf-8-sig", newline="") as file:
            return [{name.rpartition(" ")[2]: cell for name, cell in row.items()} for row in csv.DictReader(file)]

    def give(self, rows: list[Row]) -> None:
        with (self.folder / "t.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def take(self, what: str, rows: list[Row], *more: str) -> Any:
        self.give(rows)
        return json.loads(self.run("import", what, "t.csv", "--json", *more))

    def refused(self, what: str, rows: list[Row]) -> list[tuple[int, str, str]]:
        files = [(one, one.read_bytes()) for one in (self.directory, self.categories)]
        self.give(rows)
        told = json.loads(self.run("import", what, "t.csv", "--json", code=1))
        assert [(one, one.read_bytes()) for one in (self.directory, self.categories)] == files, "half-imported"
        return [(one["row"], one["column"].rpartition(" ")[2], one["message"]) for one in told["mistakes"]]


@pytest.fixture
def here(here: Path) -> Here:
    shutil.copytree(ROOT / "dialplans", here / "dialplans", dirs_exist_ok=True)
    return Here(here)


def changed(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]


@pytest.mark.parametrize("what", ["departments", "categories"])
def test_what_was_exported_changes_nothing_when_it_comes_back(here: Here, what: str) -> None:
    before = here.directory.read_text(), here.categories.read_text()
    for name in ("t.csv", "t.xlsx"):
        here.run("export", what, name)
        told = json.loads(here.run("import", what, name, "--json"))
        assert (told["changed"], told["not_in_the_table"], told["kept"]) == ([], [], None)
    assert (here.directory.read_text(), here.categories.read_text()) == before
    assert "there already" in here.run("export", what, "t.csv", code=1)


def test_departments_are_added_and_changed_and_the_files_comments_stay(here: Here) -> None:
    rows, before = here.table("departments"), here.directory.read_text()
    water = next(row for row in rows if row["key"] == "water")
    water |= {"phones": "5550108@20; seat:1001", "max_calls": "", "may_call": "role:supervisor; team:甲班"}
    parks = dict.fromkeys(water, "") | {"key": "parks", "code": "9", "zh": "市园林局", "phones": "5550109"}
    would = here.take("departments", [water, parks], "--dry-run")
    assert (would["changed"], here.directory.read_text()) == (["water", "parks"], before)
    assert len(would["not_in_the_table"]) == len(rows) - 1

    done = here.take("departments", [water, parks])
    assert done["changed"] == ["water", "parks"] and Path(done["kept"]).read_text() == before
    directory = load_directory(here.directory)
    made, edited = directory.departments["parks"], directory.departments["water"]
    assert (made.code, made.zh, made.number) == ("09", "市园林局", "5550109")
    assert [(one.number, one.seat, one.ring_s) for one in edited.telephones] == [
        ("5550108", None, 20.0), (None, "1001", None),
    ]  # fmt: skip
    assert (edited.max_calls, edited.hotline) == (None, True)
    assert edited.may_call is not None and edited.may_call.teams == ("甲班",)
    lines = changed(before, here.directory.read_text())
    assert len(lines) == 3 and lines[0].startswith("-  water:"), lines
    assert here.take("departments", here.table("departments"))["changed"] == []


def test_wrong_rows_of_departments_are_told_each_and_nothing_is_half_imported(here: Here) -> None:
    rows = here.table("departments")[:1]

    def row(**cells: str) -> Row:
        return dict.fromkeys(rows[0], "") | {"code": "20", "zh": "名", "phones": "5550120"} | cells

    told = here.refused("departments", [
        row(key="good"), row(key="a b"), row(key="good"), row(key="one", code="01"), row(key="two", code="21", zh=""),
        row(key="three", code="22", phones="12x"), row(key="four", code="23", closed="perhaps"),
        row(key="five", code="24", ring_s="long"), row(key="six", code="25", hotline="maybe"),
        row(key="seven", code="123"), row(key="eight", code="26", may_call="everybody"),
        row(key="nine", code="27", phones=""),
    ])  # fmt: skip
    assert [(number, column) for number, column, _ in told] == [
        (3, "key"), (4, "key"), (5, "code"), (6, "zh"), (7, "phones"), (8, "closed"), (9, "ring_s"), (10, "hotline"),
        (11, "code"), (12, "may_call"), (13, "phones"),
    ]  # fmt: skip
    assert "social_insurance" in told[2][2]


def test_what_only_all_files_together_show_to_be_wrong_is_refused_as_a_reload_would(here: Here) -> None:
    before = here.directory.read_text()
    rows = [row | {"hours": "never_heard_of"} for row in here.table("departments")[:1]]
    here.give(rows)
    told = here.run("import", "departments", "t.csv", code=1)
    assert "never_heard_of" in told and "Nothing was imported" in told
    assert here.directory.read_text() == before and not list(here.folder.glob("dialplans/*.bak"))


def test_categories_are_added_renamed_and_moved_with_what_is_inside(here: Here) -> None:
    before = here.categories.read_text()
    done = here.take("categories", [
        {"code": "02011", "parent": "0209", "zh": "公交站", "en": "Bus stops", "department": ""},
        {"code": "0209", "parent": "02", "zh": "候车", "en": "Waiting", "department": "transport"},
        {"code": "0101", "parent": "02", "zh": "道路照明", "en": "Street lights", "department": ""},
    ])  # fmt: skip
    assert sorted(done["changed"]) == ["0101", "02011", "0209"]
    tree = load_categories(here.categories)
    assert tree.placed["02011"].path == ("02", "0209", "02011")
    assert (tree.placed["0101"].path, tree.placed["0101"].zh) == (("02", "0101"), "道路照明")
    gone = [line for line in changed(before, here.categories.read_text()) if line.startswith("-")]
    assert gone == ['-      "0101": {zh: 路灯照明, en: Street lights}']
    assert here.take("categories", here.table("categories"))["changed"] == []


@pytest.mark.parametrize(
    ("rows", "want"),
    [
        ([{"code": "101", "zh": "灯"}], (2, "code", "lost its zero")),
        ([{"code": "88", "zh": "新"}], (2, "en", "")),
        ([{"code": "01", "zh": ""}], (2, "zh", "")),
        ([{"code": "01", "parent": "0101"}], (2, "parent", "inside itself")),
        ([{"code": "01", "parent": "77"}], (2, "parent", "no category")),
        ([{"code": "01", "department": "moon"}], (2, "department", "moon")),
        ([{"code": "01"}, {"code": "01"}], (3, "code", "already")),
        ([{"code": "../x"}], (2, "code", "no code")),
    ],
)
def test_wrong_rows_of_categories_are_told(here: Here, rows: list[Row], want: tuple[int, str, str]) -> None:
    [(row, column, message)] = here.refused("categories", rows)
    assert (row, column) == want[:2] and want[2] in message


def test_codes_that_a_spreadsheet_has_made_numbers_are_understood(here: Here) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["标识 key", "代码", "zh"])
    sheet.append(["water", 8, "市水务局"])
    book.save(here.folder / "t.xlsx")
    assert json.loads(here.run("import", "departments", "t.xlsx", "--json"))["changed"] == ["water"]
    assert load_directory(here.directory).departments["water"].zh == "市水务局"


def test_an_unknown_column_a_missing_file_and_a_word_too_many_are_told(here: Here) -> None:
    here.give([{"key": "water", "colour": "blue"}])
    assert "no column 'colour'" in here.run("import", "departments", "t.csv", code=2)
    assert "cannot be read" in here.run("import", "departments", "none.csv", code=2)
    assert "name one file" in here.run("import", "people", "t.csv", code=2)
    assert "name one file" in here.run("export", "departments", code=2)
    assert "are written all" in here.run("export", "departments", "x.csv", "--state", "closed", code=2)
