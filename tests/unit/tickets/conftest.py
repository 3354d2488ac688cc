"""A store on a real SQLite file, and calls as they happen."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import postgres as postgresql
import pytest

from calls import timeline as t
from calls.call import Outcome
from calls.clock import SystemClock
from calls.identity import AgentId, CallId, SeatId
from tickets import Journal, Reader, Store


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a store, empty unless ``store`` is asked for as well: every test is run on both kinds of database."""
    migrated = "store" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "store.db"
        if migrated:
            shutil.copy(request.getfixturevalue("new_store"), file)
        yield f"sqlite+aiosqlite:///{file}"
        return
    like = request.getfixturevalue("new_postgres_store") if migrated else None
    server = request.getfixturevalue("postgres")
    made = await postgresql.make_database(server, like)
    yield made
    await postgresql.drop_database(server, made)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """It, migrated and opened."""
    store = Store(url, busy_timeout_s=0.2)
    yield store
    await store.close()


@pytest.fixture
def reader(store: Store) -> Reader:
    return Reader(store)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "var" / "spool.jsonl"


@pytest.fixture
async def make_journal(store: Store, spool: Path) -> AsyncIterator[Callable[..., Journal]]:
    made: list[Journal] = []

    def make(**options: object) -> Journal:
        settings: dict[str, object] = {
            "spool": spool,
            "clock": SystemClock(),
            "patience_s": 2.0,
            "longest_pause_s": 0.2,
        }
        journal = Journal(store, **{**settings, **options})  # type: ignore[arg-type]
        made.append(journal)
        return journal

    yield make
    for journal in made:
        await journal.close(grace_s=0.5)


@pytest.fixture
async def journal(make_journal: Callable[..., Journal]) -> Journal:
    journal = make_journal()
    await journal.start()
    return journal


@pytest.fixture
def answered() -> Callable[..., Iterator[t.Event]]:
    return answered_call


def answered_call(
    call_id: str, start: float = 1000.0, caller: str = "13812345678", name: str = ""
) -> Iterator[t.Event]:
    """One answered call: 5 s in the menu, 10 s waiting (4 of them ringing), 60 s talking."""
    call, agent, seat = CallId(call_id), AgentId("2001"), SeatId("1001")
    yield t.CallArrived(
        call=call, at=start, caller=caller, caller_name=name, dialled="12345", node="n1", unique_id=call_id
    )
    yield t.StepEntered(call=call, at=start, flow="12345", step="menu")
    yield t.DigitsEntered(call=call, at=start + 4, flow="12345", step="menu", digits="1", verdict="match")
    yield t.Queued(call=call, at=start + 5, queue="general", needs={"mandarin": 1}, priority=5, since=start + 5)
    yield t.Offered(call=call, at=start + 11, offer="o1", agent=agent, seat=seat)
    yield t.Connected(call=call, at=start + 15, agent=agent, seat=seat)
    yield t.RecordingStarted(call=call, at=start + 15, path=f"2026/11/23/{call_id}.wav")
    yield t.TalkEnded(call=call, at=start + 75, agent=agent, by="caller")
    yield t.CallEnded(call=call, at=start + 75, outcome=Outcome.ANSWERED)
