"""Asking the index of tickets' words (``v0014_words``). It finds all tickets that hold a word, and perhaps some more:
who asks looks at the texts themselves, too."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Boolean, Connection, String, TextClause, bindparam, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from tickets.asking import rows_of
from tickets.store import Store

_RUN = 3  # characters of the runs in SQLite's index
_MOST = 60  # runs, or pairs, of one word that are asked for
_COMMON = 2_000  # tickets
_BETWEEN = "\x1f"
_LAST = "\U0010ffff"
_TEXTS = ("subject", "content", "result", "address", "caller_name", "number")


class MayHold(FunctionElement[bool]):
    """Whether a ticket may hold a word, by the index: of its runs (joined for SQLite), its pairs (for PostgreSQL)."""

    name = "may_hold"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "MayHold":
        """Stand as it is: made a comparison (``= 1``), no index would be used."""
        return self


class MayHoldShort(MayHold):
    """The same of a word that is shorter than a run: where runs begin with it."""

    name = "may_hold_short"
    inherit_cache = True


def may_hold(word: str) -> MayHold | None:
    """Return the condition that a row of ``tickets`` may hold a word; None where the index cannot tell: databases
    differ in what is upper and lower case beyond ASCII."""
    if "\0" in word or _BETWEEN in word or not all(one.isascii() or one.lower() == one.upper() for one in word):
        return None
    low = word.lower()
    pairs = _bound("pairs", _BETWEEN.join([low[i : i + 2] for i in range(len(low) - 1)][:_MOST]))
    if len(low) < _RUN:
        return MayHoldShort(pairs, _bound("low", low), _bound("high", low + _LAST))
    runs = [low[i : i + _RUN] for i in range(len(low) - _RUN + 1)][:_MOST]
    match = " AND ".join('"' + run.replace('"', '""') + '"' for run in runs)
    return MayHold(pairs, _bound("runs", match))


async def common_words(store: Store, words: Sequence[str]) -> frozenset[str]:
    """Return the words that stand in so many tickets that the latest with them are found sooner one after the other
    than by the index. PostgreSQL knows that by itself. Raises ``StoreUnavailable``."""
    found = set()
    for word in words if store.engine.dialect.name == "sqlite" else ():
        indexed = may_hold(word)
        if indexed is not None and (await rows_of(store, _counted(indexed)))[0][0] > _COMMON:
            found.add(word)
    return frozenset(found)


def forget_words(connection: Connection) -> None:
    """Have the index hold no more pieces of texts that were changed: SQLite's only marks them, and drops them when
    it is merged (half a second for 100,000 tickets). PostgreSQL's autovacuum does so by itself."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO ticket_words(ticket_words) VALUES ('optimize')"))


def _counted(indexed: MayHold) -> TextClause:
    _, *asked = (one.value for one in indexed.clauses)
    if isinstance(indexed, MayHoldShort):
        within = "ticket_words_terms WHERE term >= :low AND term < :high"
        values = dict(zip(("low", "high"), asked, strict=True))
    else:
        within, values = "ticket_words WHERE ticket_words MATCH :runs", {"runs": asked[0]}
    return text(f"SELECT count(*) FROM (SELECT 1 FROM {within} LIMIT {_COMMON + 1})").bindparams(**values)


def _bound(name: str, value: str) -> BindParameter[str]:
    return bindparam(name, value, String(), unique=True)


@compiles(MayHold, "sqlite")
def _runs(element: MayHold, compiler: Any, **options: Any) -> str:
    _, runs = (compiler.process(one, **options) for one in element.clauses)
    return f"tickets.id IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH {runs})"


@compiles(MayHoldShort, "sqlite")
def _short(element: MayHoldShort, compiler: Any, **options: Any) -> str:
    _, low, high = (compiler.process(one, **options) for one in element.clauses)
    return f"tickets.id IN (SELECT doc FROM ticket_words_terms WHERE term >= {low} AND term < {high})"


@compiles(MayHold, "postgresql")
@compiles(MayHoldShort, "postgresql")
def _pairs(element: MayHold, compiler: Any, **options: Any) -> str:
    pairs = compiler.process(next(iter(element.clauses)), **options)
    words = r" || E'\n' || ".join(f"tickets.{column}" for column in _TEXTS)
    return f"hotline_pairs(lower({words})) @> string_to_array({pairs}, E'\\x1f')"
