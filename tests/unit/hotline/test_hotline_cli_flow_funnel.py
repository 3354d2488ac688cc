"""``hotline flow funnel``: what every step's callers did, counted from the journal that real calls leave."""

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

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


def a_call(number: int, at: float, way: list[tuple[str, str, str] | str], end: Outcome | None, flow: str = "city"):
    """Return a call's events: steps, each with what was pressed there and the verdict; ``end`` None: it goes on."""
    call = CallId(f"a1-{number}")
    yield t.CallArrived(call=call, at=at, caller="1", caller_name="", dialled="12345", node="a1", unique_id=str(number))
    for one in way:
        step, *pressed = (one,) if isinstance(one, str) else one
        where, _, step = step.rpartition(".")
        yield t.StepEntered(call=call, at=at, flow=where or flow, step=step)
        if pressed:
            yield t.DigitsEntered(
                call=call, at=at, flow=where or flow, step=step, digits=pressed[0], verdict=pressed[1]
            )
    if end is Outcome.ANSWERED:
        yield t.Connected(call=call, at=at, agent="2001", seat="1001")
    if end is not None:
        yield t.CallEnded(call=call, at=at, outcome=end, cause="caller")


async def keep(here: Path, *calls: Any) -> None:
    store = Store(f"sqlite+aiosqlite:///{here / 'var' / 'hotline.db'}")
    await migrate.upgrade(store)
    async with Journal(store, spool=here / "var" / "spool.jsonl", clock=SystemClock()) as journal:
        for events in calls:
            for event in events:
                journal.append(event)
        await journal.settled()
    await store.close()


async def run(*words: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, ["flow", "funnel", *words])


async def steps(*words: str) -> dict[str, dict[str, Any]]:
    result = await run(*words, "--json")
    assert result.exit_code == 0, result.output
    return {f"{one['flow']}.{one['step']}": one for one in json.loads(result.stdout)["steps"]}


async def some_calls(here: Path) -> float:
    now = time.time()
    await keep(
        here,
        a_call(1, now, [("menu", "1", "match"), "person"], Outcome.ANSWERED),
        a_call(2, now, [("menu", "1", "match"), "person"], Outcome.ABANDONED_QUEUE),
        a_call(3, now, [("menu", "", "no_input")], Outcome.ABANDONED_MENU),
        a_call(4, now, [("menu", "7", "no_match"), "other.menu"], Outcome.SELF_SERVED),
        a_call(5, now, [("ask", "12", "invalid"), ("ask", "2611240020", "match"), ("menu", "2", "match")], None),
        a_call(6, now - 9 * 86400, [("menu", "1", "match"), "person"], Outcome.ANSWERED),
    )
    return now


async def test_each_step_tells_where_its_callers_went_and_where_they_gave_up(here: Path) -> None:
    await some_calls(here)
    told = await steps("--since", "7d")
    menu = told["city.menu"]
    assert menu["entered"] == 5
    assert menu["went_to"] == {"person": 2, "other.menu": 1}
    assert menu["gave_up"] == 1
    assert menu["going_on"] == 1
    assert (menu["asked"], menu["nothing"], menu["wrong"]) == (5, 1, 1)
    assert menu["keys"] == {"1": 2, "2": 1}
    assert menu["wrong_keys"] == {"7": 1}
    assert told["city.person"]["ended"] == {"answered": 1}
    assert told["city.person"]["gave_up"] == 1
    assert told["other.menu"]["ended"] == {"self_served": 1}


async def test_longer_entries_are_counted_and_not_told(here: Path) -> None:
    await some_calls(here)
    ask = (await steps())["city.ask"]
    assert ask["asked"] == 2
    assert ask["keys"] == {}
    assert ask["wrong_keys"] == {"longer": 1}, "what is not wanted is wrong, too"


async def test_the_time_and_the_flow_can_be_chosen(here: Path) -> None:
    await some_calls(here)
    assert (await steps())["city.menu"]["entered"] == 6
    assert set(await steps("--flow", "other")) == {"other.menu"}


async def test_people_see_a_table_with_shares(here: Path) -> None:
    await some_calls(here)
    result = await run("--since", "7d")
    assert "person 2 (40%)" in result.stdout
    assert "1 (20%)" in result.stdout


async def test_a_store_that_is_not_there_is_told(here: Path) -> None:
    result = await run()
    assert result.exit_code == 4
    assert (await run("--since", "soon")).exit_code == 2
