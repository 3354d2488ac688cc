"""Bringing a store's schema up to date (or back), from code; the same scripts serve SQLite and PostgreSQL."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tickets.store import Store


def config() -> Config:
    """Return Alembic's configuration; the scripts are found inside the package."""
    settings = Config()
    settings.set_main_option("script_location", "tickets:migrations")
    return settings


def head() -> str:
    """Return the newest revision that this program knows."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


async def upgrade(store: Store, revision: str = "head") -> None:
    """Bring the store's schema to ``revision``, in one transaction. Safe to repeat and to race."""

    def run(connection: Connection) -> None:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)

    async with store.write() as connection:
        await connection.run_sync(run)


async def downgrade(store: Store, revision: str) -> None:
    """Take the store's schema back to ``revision`` (``base`` for none), in one transaction."""

    def run(connection: Connection) -> None:
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, revision)

    async with store.write() as connection:
        await connection.run_sync(run)


async def revision_of(store: Store) -> str | None:
    """Return the schema revision the store is at, or None when it is empty."""

    def run(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with store.engine.connect() as connection:
        return await connection.run_sync(run)
