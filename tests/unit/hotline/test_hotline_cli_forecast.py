"""``hotline forecast``: a week's callers and seats, out of a store."""

import json
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from hotline.cli.app import app

STORE = "sqlite+aiosqlite:///month.db"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the store of a generated month of 3,000 calls."""
    made = tmp_path_factory.mktemp("forecast")
    url = f"sqlite+aiosqlite:///{made / 'month.db'}"
    result = run("generate-month", "--calls", "3000", "--seed", "5", "--month", "2026-10", "--store", url)
    assert result.exit_code == 0, result.output
    return made


@pytest.fixture(autouse=True)
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.setenv("HOTLINE_FILES__DIALPLANS", str(Path(__file__).parents[3] / "dialplans"))
    monkeypatch.chdir(folder)
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def told(*words: str) -> dict[str, Any]:
    result = run("forecast", "--week", "2026-10-26", "--json", "--store", STORE, *words)
    assert result.exit_code == 0, result.output
    plan: dict[str, Any] = json.loads(result.stdout)
    return plan


def test_the_last_week_of_the_month_is_forecast_from_the_days_before_it(here: Path) -> None:
    plan = told()
    assert (plan["first"], plan["last"], plan["history_first"], plan["history_days"]) == (
        "2026-10-26", "2026-11-01", "2026-10-01", 25,
    )  # fmt: skip
    calls: dict[str, float] = {}
    for slot in plan["slots"]:
        calls[slot["day"]] = calls.get(slot["day"], 0.0) + slot["calls"]
    real = json.loads(run("report", "week", "2026-10-26", "--json", "--store", STORE).stdout)
    asked = next(one["whole"] for one in real["judged"] if one["key"] == "connect_rate")
    assert sum(list(calls.values())[:6]) == pytest.approx(asked, rel=0.2)  # the month ends on Saturday
    assert calls["2026-10-26"] > calls["2026-10-31"]


def test_one_queue_takes_fewer_and_shrinkage_and_a_higher_aim_more() -> None:
    usual, english, away, higher = (
        told(), told("--queue", "english"), told("--shrinkage", "0.5"), told("--target", "0.95")
    )  # fmt: skip

    def total(plan: dict[str, Any], name: str) -> float:
        return sum(slot[name] for slot in plan["slots"])

    assert total(english, "calls") < 0.1 * total(usual, "calls")
    assert (total(away, "seats"), total(away, "people")) == (total(usual, "seats"), 2 * total(usual, "people"))
    assert total(higher, "seats") > total(usual, "seats")


def test_the_workbook_and_the_terminal_tell_the_same_in_both_languages(here: Path) -> None:
    assert run("forecast", "--week", "2026-10-26", "--xlsx", "f.xlsx", "--store", STORE).exit_code == 0
    book = openpyxl.load_workbook(here / "f.xlsx")
    assert book.sheetnames == ["by_day", "grid", "slots"]
    assert book["slots"].max_row == 3 + 7 * 48
    assert isinstance(book["slots"]["D4"].value, int)
    shown = run("forecast", "--week", "2026-10-26", "--store", STORE).stdout
    for words in ("来电预测与排班 Forecast and seats", "10-26 周一 Mon", "Erlang A", "回测误差"):
        assert words in shown
    assert "来电" not in run("forecast", "--week", "2026-10-26", "--language", "en", "--store", STORE).stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--week", "next"), 2, "write one like 2026-12-01"),
        (("--week", "2099-01-01"), 2, "too far away"),
        (("--week", "2026-10-12"), 1, "14 are needed"),
        (("--week", "2026-10-26", "--queue", "nobody"), 1, "nobody was answered"),
        (("--week", "2026-10-26", "--queue", "nobody"), 1, "there are general, english"),
        (("--target", "1.5"), 2, "--target"),
        (("--store", "sqlite+aiosqlite:///none.db"), 4, "no ticket store"),
        (("--week", "2026-10-26", "--xlsx", "no/such/f.xlsx"), 1, "cannot be written"),
    ],
)
def test_a_mistake_is_told_with_a_remedy_and_no_traceback(words: tuple[str, ...], code: int, says: str) -> None:
    result = run("forecast", *(() if "--store" in words else ("--store", STORE)), *words)
    assert (result.exit_code, "Traceback" in result.output) == (code, False)
    assert says in result.output
