"""``hotline erase-caller``, with a store and recordings' files; and the audit of who sees what."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from calls import AgentId, CallId, Outcome, SeatId, SystemClock
from calls import timeline as t
from hotline.audit import entries
from hotline.cli.app import app
from recorder import Storage, StorageError
from tickets import Journal, Store, migrate

NUMBER, PATH = "13812345678", "2025/01/02/c1.wav"


def talk() -> Iterator[t.Event]:
    call, agent, at = CallId("c1"), AgentId("2001"), 1_735_786_800.0
    yield t.CallArrived(call=call, at=at, caller=NUMBER, caller_name="", dialled="12345", node="n1", unique_id="1")
    yield t.Queued(call=call, at=at, queue="general", needs={}, priority=0, since=at)
    yield t.Connected(call=call, at=at + 5, agent=agent, seat=SeatId("1001"))
    yield t.RecordingStarted(call=call, at=at + 5, path=PATH)
    yield t.TalkEnded(call=call, at=at + 60, agent=agent, by="caller")
    yield t.CallEnded(call=call, at=at + 60, outcome=Outcome.ANSWERED)


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "var" / "recordings" / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(b"RIFF")
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'var' / 'hotline.db'}")
    await migrate.upgrade(store)
    async with Journal(store, spool=tmp_path / "spool", clock=SystemClock()) as journal:
        for event in talk():
            journal.append(event)
        await journal.flush()
    await store.close()
    yield tmp_path


async def run(*arguments: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))


async def test_a_caller_is_erased_with_the_recordings_and_who_did_so_is_kept(here: Path) -> None:
    file = here / "var" / "recordings" / PATH
    would = json.loads((await run("erase-caller", NUMBER, "--dry-run", "--json")).stdout)
    assert (would["calls"], would["recordings"]) == (["c1"], [PATH]) and file.exists()
    assert not (here / "var" / "audit.jsonl").exists()
    unsaid = await run("erase-caller", NUMBER)
    assert unsaid.exit_code == 2 and "say why" in unsaid.stderr
    assert (await run("erase-caller", "138-1234", "--reason", "x")).exit_code == 2

    done = await run("erase-caller", NUMBER, "--reason", "本人申请", "--by", "li", "--json")
    assert done.exit_code == 0, done.stderr
    assert not file.exists()
    [noted] = entries(here / "var" / "audit.jsonl")
    assert (noted["act"], noted["by"], noted["caller"], noted["reason"]) == (
        "erase-caller", "li", "138****5678", "本人申请",
    )  # fmt: skip
    [call] = json.loads((await run("calls", "--json")).stdout)
    assert (call["id"], call["caller"], call["talking_s"]) == ("c1", "", 55.0)
    assert NUMBER not in (await run("calls", "c1", "--json")).stdout


async def test_whoever_sees_numbers_in_full_is_noted(here: Path) -> None:
    await run("tickets")  # masked: not noted
    await run("tickets", "list", "--full", "--caller", NUMBER)
    [ticket] = json.loads((await run("tickets", "list", "--json")).stdout)
    await run("tickets", "show", ticket["number"], "--json")
    acts = [(one["act"], one.get("ticket", "")) for one in entries(here / "var" / "audit.jsonl")]
    assert acts == [("list-tickets", ""), ("list-tickets", ""), ("show-ticket", ticket["number"])]


async def test_a_caller_is_erased_though_the_storage_is_away_and_the_next_run_deletes_the_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_storage: Storage, key: str) -> None:
        raise StorageError(f"{key} cannot be deleted: the storage is away")

    file = here / "var" / "recordings" / PATH
    with monkeypatch.context() as broken:
        broken.setattr(Storage, "delete", away)
        done = await run("erase-caller", NUMBER, "--reason", "本人申请", "--json")
    assert done.exit_code == 1 and file.exists()
    told = json.loads(done.stdout)
    assert told["calls"] == ["c1"] and f"recording {PATH}: its file is still there" in told["kept"][0]
    [call] = json.loads((await run("calls", "--json")).stdout)
    assert call["caller"] == ""
    again = await run("erase-caller", NUMBER, "--reason", "本人申请", "--json")
    assert again.exit_code == 0, again.stdout
    assert not file.exists()
