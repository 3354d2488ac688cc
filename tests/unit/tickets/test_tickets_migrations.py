"""The schema goes up and down with data in it, and the scripts make exactly what the models say."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from calls import timeline as t
from calls.clock import SystemClock
from calls.identity import CallId
from tickets import Journal, Reader, Store, StoreUnavailable, migrate
from tickets.models import Base

Answered = Callable[..., list[t.Event]]


async def test_migrations_and_models_agree(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(
            compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True, "include_name": modelled}),
                Base.metadata,
            )
        )

    def modelled(name: str | None, _kind: str, _parents: object) -> bool:
        return "_words" not in (name or "")  # the index of tickets' texts is the database's own

    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_upgrading_again_keeps_the_data(
    store: Store, reader: Reader, journal: Journal, answered: Answered
) -> None:
    for event in answered("c1"):
        journal.append(event)
    await journal.flush()
    await migrate.upgrade(store)
    assert len(await reader.calls()) == 1
    assert await migrate.revision_of(store) == migrate.head()


async def test_every_step_goes_down_and_up_with_data_in_the_store(url: str, spool: Path, answered: Answered) -> None:
    store = Store(url)
    scripts = [script.revision for script in ScriptDirectory.from_config(migrate.config()).walk_revisions()]
    await migrate.upgrade(store)
    async with Journal(store, spool=spool, clock=SystemClock()) as journal:
        for event in answered("c1"):
            journal.append(event)
        await journal.flush()
    for revision in [*scripts[1:], "base"]:
        await migrate.downgrade(store, revision)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(lambda c: inspect(c).get_table_names()) == ["alembic_version"]
    assert await migrate.revision_of(store) is None
    for revision in reversed(scripts):
        await migrate.upgrade(store, revision)
    assert await Reader(store).calls() == []
    await store.close()


async def test_calls_of_a_former_program_are_told_when_they_waited(
    store: Store, journal: Journal, answered: Answered
) -> None:
    told = t.PlaceAnnounced(call=CallId("c1"), at=1007.0, place=2, wait_s=60.0)
    for event in sorted([*answered("c1"), told], key=lambda event: event.at):
        journal.append(event)
    journal.append(
        t.CallArrived(call=CallId("c2"), at=1.0, caller="1", caller_name="", dialled="2", node="n", unique_id="c2")
    )
    await journal.settled()
    columns = text(
        "select id, menu_left_at, queued_at, needs, told_at, told_wait_s, connected_at from calls order by id"
    )

    async def rows() -> list[tuple[object, ...]]:
        async with store.engine.connect() as connection:
            found = (await connection.execute(columns)).all()
            return [(*row[:3], json.loads(row[3]) if isinstance(row[3], str) else row[3], *row[4:]) for row in found]

    as_written = await rows()
    await migrate.downgrade(store, "0007")
    await migrate.upgrade(store)
    assert await rows() == as_written
    assert as_written[0] == ("c1", 1004.0, 1005.0, {"mandarin": 1}, 1007.0, 60.0, 1015.0)
    assert as_written[1] == ("c2", None, None, {}, None, None, None)


async def test_several_services_may_make_and_upgrade_a_store_at_once(tmp_path: Path) -> None:
    for k in range(5):  # SQLite refuses some of such races at once, whatever its busy timeout
        stores = [Store(f"sqlite+aiosqlite:///{tmp_path / f'{k}.db'}") for _ in range(4)]
        await asyncio.gather(*(migrate.upgrade(store) for store in stores))
        assert await migrate.revision_of(stores[0]) == migrate.head()
        for store in stores:
            await store.close()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # of a file
async def test_a_store_that_is_not_there_is_refused_with_a_remedy_and_not_made(url: str, tmp_path: Path) -> None:
    store = Store(url)
    with pytest.raises(StoreUnavailable, match="no ticket store at"):
        await Reader(store).calls()
    assert not (tmp_path / "store.db").exists()
    await store.close()


async def test_a_file_that_is_no_database_is_refused_with_a_remedy(url: str, tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"this is not a database" * 100)
    store = Store(url)
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        await Reader(store).calls()
    await store.close()
