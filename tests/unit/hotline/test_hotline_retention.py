"""``hotline purge``, and what the service does daily: what is old goes after it was written down."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from calls import CallId, Outcome, SystemClock
from calls import timeline as t
from calls.clock import ManualClock
from hotline.audit import AuditLog, entries
from hotline.cli.app import app
from hotline.order_work import order_work
from hotline.retention import Retention
from hotline.retention_settings import RetentionSettings
from hotline.settings import Settings
from tickets import Deliveries, Journal, Reader, RecordingHold, RecordingStore, Store, StoreUnavailable, migrate

DAY = 86400.0
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()


def given_up(name: str, ended: float) -> Iterator[t.Event]:
    call = CallId(name)
    yield t.CallArrived(
        call=call, at=ended - 30, caller="13812345678", caller_name="", dialled="12345", node="n1", unique_id=name
    )
    yield t.CallEnded(call=call, at=ended, outcome=Outcome.ABANDONED_MENU)


@pytest.fixture
async def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """Calls that ended today, and so many days before."""
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'var' / 'hotline.db'}")
    await migrate.upgrade(store)
    async with Journal(store, spool=tmp_path / "spool", clock=SystemClock()) as journal:
        now = SystemClock().now()
        for days in (0, 1, 30, 400):
            for event in given_up(f"ago{days}", now - days * DAY):
                journal.append(event)
        await journal.flush()
    await Deliveries(store).fan_out({}, now + DAY)
    yield store
    await store.close()


async def run(*arguments: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))


async def there(store: Store) -> list[str]:
    return sorted(call.id for call in await Reader(store).calls())


async def test_the_command_deletes_what_is_old_and_not_held_and_it_is_written_down(
    store: Store, tmp_path: Path
) -> None:
    audit = tmp_path / "var" / "audit.jsonl"
    unset = json.loads((await run("purge", "--json")).stdout)
    assert (unset["calls"], unset["calls_days"]) == ([], 0), "nothing is deleted unless somebody says so"
    await RecordingStore(store).hold(RecordingHold(call_id="ago400", since=1.0, by="li", reason="court"))
    would = json.loads((await run("purge", "--dry-run", "--calls-days", "10", "--json")).stdout)
    assert (would["dry_run"], would["calls"], would["kept"]) == (True, ["ago30"], {"legal hold": 1})
    assert len(await there(store)) == 4 and not audit.exists()

    done = await run("purge", "--calls-days", "10", "--by", "wang", "--json")
    assert json.loads(done.stdout) == {**would, "dry_run": False}
    assert await there(store) == ["ago0", "ago1", "ago400"]
    began, ended = entries(audit)
    assert (began["act"], ended["act"]) == ("purge_began", "purge_ended")
    assert (ended["by"], ended["calls"], ended["calls_days"]) == ("wang", 1, 10)
    assert "legal hold" in (await run("purge", "--calls-days", "10", "--dry-run")).stdout


async def test_agents_changes_go_by_command_after_so_many_days_and_are_written_down(
    store: Store, tmp_path: Path
) -> None:
    now = SystemClock().now()
    async with Journal(store, spool=tmp_path / "spool", clock=SystemClock()) as journal:
        for days, state in ((40, "ready"), (20, "break"), (2, "ready"), (1, "logged_out")):
            journal.append_agent({
                "agent": "2001", "seat": "1001", "cause": "x", "at": now - days * DAY, "state": state
            })  # fmt: skip
        await journal.flush()
    assert json.loads((await run("purge", "--calls-days", "0", "--json")).stdout)["agent_changes"] == 0
    would = json.loads((await run("purge", "--agents-days", "10", "--dry-run", "--json")).stdout)
    assert (would["agent_changes"], would["agents_days"], would["calls"]) == (2, 10, [])
    done = await run("purge", "--agents-days", "10")
    assert "2" in done.stdout and done.exit_code == 0
    states = [change.state for change in await Reader(store).agent_changes(0, now)]
    assert states == ["ready", "logged_out"]
    assert [(one["agent_changes"], one["agents_days"]) for one in entries(tmp_path / "var" / "audit.jsonl")] == [
        (2, 10), (2, 10)
    ]  # fmt: skip
    too_long = await run("purge", "--agents-days", "99999")
    assert too_long.exit_code == 2 and "36500" in too_long.output.replace(",", "").replace("_", "")


async def test_days_come_from_the_settings(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_RETENTION__CALLS_DAYS", "30")
    assert json.loads((await run("purge", "--json")).stdout)["calls"] == ["ago400"]
    monkeypatch.setenv("HOTLINE_RETENTION__CALLS_DAYS", "-1")
    refused = await run("purge")
    assert refused.exit_code == 2 and "HOTLINE_RETENTION__CALLS_DAYS" in refused.stderr


async def test_nothing_is_deleted_that_cannot_be_written_down(store: Store, tmp_path: Path) -> None:
    (tmp_path / "var" / "audit.jsonl").mkdir()
    failed = await run("purge", "--calls-days", "10")
    assert failed.exit_code == 1 and "nothing is deleted" in failed.stderr
    assert len(await there(store)) == 4


async def test_a_day_that_is_so_many_days_back_is_kept_whole(store: Store, tmp_path: Path) -> None:
    retention = Retention(store, AuditLog(tmp_path / "audit", SystemClock()), UTC, between_s=0)
    midnight = datetime(2026, 11, 26, tzinfo=UTC).timestamp()
    async with Journal(store, spool=tmp_path / "spool", clock=SystemClock()) as journal:
        for name, ended in (("before", midnight - 1), ("at", midnight)):
            for event in given_up(name, ended):
                journal.append(event)
        await journal.flush()
    await Deliveries(store).fan_out({}, NOON * 2)
    due = await retention.due(RetentionSettings(calls_days=1), NOON)
    assert "before" in due.calls and "at" not in due.calls


async def test_the_service_deletes_daily_and_a_store_that_is_away_stops_it_for_that_day_only(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention = Retention(store, AuditLog(tmp_path / "audit", SystemClock()), UTC, between_s=0)
    clock, slept, purge, away = ManualClock(SystemClock().now()), asyncio.Queue[float](), retention.purge, True

    async def maybe(*arguments: Any) -> Any:
        if away:
            raise StoreUnavailable("away")
        return await purge(*arguments)

    async def night(seconds: float) -> None:
        nonlocal away
        if seconds:
            away = False
            slept.put_nowait(seconds)
            if slept.qsize() == 2:
                raise asyncio.CancelledError

    monkeypatch.setattr(retention, "purge", maybe)
    monkeypatch.setattr("hotline.retention.asyncio.sleep", night)
    with pytest.raises(asyncio.CancelledError):
        await retention.daily(RetentionSettings(calls_days=10), clock)
    assert [slept.get_nowait(), slept.get_nowait()] == [DAY, DAY]
    assert await there(store) == ["ago0", "ago1"]
    await asyncio.wait_for(retention.daily(RetentionSettings(), clock), 1)  # kept for ever: nothing to do


async def test_it_is_among_what_the_running_service_does_with_tickets_by_itself(store: Store, tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "var", retention=RetentionSettings(calls_days=10))
    works = {name: work for work, name in order_work(settings, store, SystemClock())}
    own = asyncio.create_task(works.pop("retention"))
    for other in works.values():
        other.close()
    async with asyncio.timeout(20):
        while len(await there(store)) > 2:  # noqa: ASYNC110 - as whoever looks does
            await asyncio.sleep(0.05)
    own.cancel()
    await asyncio.gather(own, return_exceptions=True)
    assert await there(store) == ["ago0", "ago1"]
    assert [one["by"] for one in entries(settings.audit_file)] == ["retention", "retention"]
