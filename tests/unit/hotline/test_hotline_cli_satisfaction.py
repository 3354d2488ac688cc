"""``hotline satisfaction``: the share, its formula, and what callers answered, out of what real calls leave."""

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from calls import CallId, Outcome, SystemClock
from calls import timeline as t
from hotline.cli.app import app
from tickets import Journal, Store, migrate


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def a_call(number: int, at: float, queue: str, key: str) -> list[t.Event]:
    """A call that was answered; ``key`` "" says nothing, "1" is satisfied."""
    of: dict[str, Any] = {"call": CallId(f"a1-{number}"), "at": at}
    said = [t.SurveyAnswered(**of, question="satisfaction", answer=key, satisfied=key == "1")] if key else []
    return [
        t.CallArrived(**of, caller="1", caller_name="", dialled="12345", node="a1", unique_id=str(number)),
        t.Queued(**of, queue=queue, needs={}, priority=0, since=at),
        t.Connected(**of, agent="2001", seat="1001"),
        *said,
        t.CallEnded(**of, outcome=Outcome.ANSWERED, cause="caller"),
    ]


async def keep(here: Path, *calls: list[t.Event]) -> None:
    store = Store(f"sqlite+aiosqlite:///{here / 'var' / 'hotline.db'}")
    await migrate.upgrade(store)
    async with Journal(store, spool=here / "var" / "spool.jsonl", clock=SystemClock()) as journal:
        for events in calls:
            for event in events:
                journal.append(event)
        await journal.settled()
    await store.close()


async def run(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["satisfaction", *words])


async def test_the_share_is_told_with_its_formula_and_the_answers(here: Path) -> None:
    now = time.time()
    answers = [("general", "1"), ("general", "1"), ("english", "5"), ("general", "")]
    await keep(here, *(a_call(i, now - 60, queue, key) for i, (queue, key) in enumerate(answers)))
    told = json.loads((await run("--by", "queue", "--json")).stdout)
    assert told["formula"] == "satisfied answers to the question after the call / answers"
    assert (told["talked"], told["answers"], told["satisfied"]) == (4, 3, 2)
    assert told["share"] == pytest.approx(2 / 3)
    assert told["questions"] == {"satisfaction": {"1": 2, "5": 1}}
    assert {one["name"]: one["share"] for one in told["groups"]} == {"english": 0.0, "general": 1.0}
    shown = (await run("--by", "agent")).stdout
    for words in ("66.7%", "at least 98%", told["formula"], "2001"):
        assert words in shown


async def test_only_calls_of_the_time_asked_for_count(here: Path) -> None:
    now = time.time()
    await keep(here, a_call(1, now - 7200, "general", "5"), a_call(2, now - 60, "general", "1"))
    assert json.loads((await run("--since", "1h", "--json")).stdout)["share"] == 1.0
    assert json.loads((await run("--until", "1h", "--json")).stdout)["share"] == 0.0
    assert "nobody was asked, or answered" in (await run("--since", "10s")).stdout


@pytest.mark.parametrize("wrong", [("--since", "tomorow"), ("--until", "x"), ("--by", "team")])
async def test_an_option_that_cannot_be_understood_is_told_so(wrong: tuple[str, str]) -> None:
    result = await run(*wrong)
    assert result.exit_code == 2
    assert wrong[0] in result.output
