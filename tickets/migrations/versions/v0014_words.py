"""An index of the words of tickets, by which any part of a text is found: Chinese has no spaces between words.

On SQLite an FTS5 table of all runs of three characters, kept by triggers; two spaces end each text, so that its last
character, and its last two, begin a run, too. Its own terms lie beside it, to be asked by how they begin. On PostgreSQL
a GIN index on all pairs of characters. A migration that makes ``tickets`` anew on SQLite makes the triggers anew.
"""

import sqlite3

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TEXTS = ("subject", "content", "result", "address", "caller_name", "number")
_TRIGGERS = ("ticket_words_new", "ticket_words_gone", "ticket_words_changed")
_SECURE_DELETE = (3, 42)  # since this version what is deleted can be overwritten in the index at once


def upgrade() -> None:
    """Make the index, with what there is."""
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        op.execute(_PAIRS)
        op.execute(f"CREATE INDEX ix_tickets_words ON tickets USING gin (hotline_pairs(lower({_postgres_words()})))")


def downgrade() -> None:
    """Take it away again; no text is lost."""
    if op.get_bind().dialect.name == "sqlite":
        for trigger in _TRIGGERS:
            op.execute(f"DROP TRIGGER {trigger}")
        op.execute("DROP TABLE ticket_words_terms")
        op.execute("DROP TABLE ticket_words")
    else:
        op.drop_index("ix_tickets_words", table_name="tickets")
        op.execute("DROP FUNCTION hotline_pairs(text)")


def _upgrade_sqlite() -> None:
    op.execute("CREATE VIRTUAL TABLE ticket_words USING fts5(words, content='', tokenize='trigram', detail=none)")
    op.execute("CREATE VIRTUAL TABLE ticket_words_terms USING fts5vocab('ticket_words', 'instance')")
    if sqlite3.sqlite_version_info >= _SECURE_DELETE:
        op.execute("INSERT INTO ticket_words(ticket_words, rank) VALUES ('secure-delete', 1)")
    new = f"INSERT INTO ticket_words(rowid, words) VALUES (new.id, {_sqlite_words('new')});"
    old = f"INSERT INTO ticket_words(ticket_words, rowid, words) VALUES ('delete', old.id, {_sqlite_words('old')});"
    for name, when, what in zip(
        _TRIGGERS, ("INSERT", "DELETE", f"UPDATE OF {', '.join(_TEXTS)}"), (new, old, f"{old} {new}"), strict=True
    ):
        op.execute(f"CREATE TRIGGER {name} AFTER {when} ON tickets BEGIN {what} END")
    op.execute(f"INSERT INTO ticket_words(rowid, words) SELECT id, {_sqlite_words('tickets')} FROM tickets")


def _sqlite_words(row: str) -> str:
    return " || ".join(f"{row}.{column} || '  '" for column in _TEXTS)


def _postgres_words() -> str:
    return r" || E'\n' || ".join(_TEXTS)


_PAIRS = """CREATE FUNCTION hotline_pairs(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT one || following), '{}') FROM (
        SELECT one, lead(one) OVER (ORDER BY place) AS following
        FROM unnest(string_to_array(words, NULL)) WITH ORDINALITY AS each(one, place)
    ) AS pairs WHERE following IS NOT NULL $$"""
