"""Alembic's entry: runs the scripts on the connection that ``tickets.migrate`` hands in."""

from alembic import context

from tickets.models import Base


def run() -> None:
    """Run the migrations that the current command asks for."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError("migrations run through tickets.migrate, which hands in the connection")
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    context.run_migrations()


run()
