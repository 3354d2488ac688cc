"""What the journal writes when: who waits is not kept waiting for others, and what has not changed is not written."""

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import event

from calls import timeline as t
from calls.call import Outcome
from calls.clock import SystemClock
from calls.identity import AgentId, CallId, SeatId
from calls.recording_events import RecordingStored
from tickets import Journal, Reader, Store
from tickets.entries import Entry, entry_of_event
from tickets.ledger import Ledger

CALL, AGENT, SEAT = CallId("c1"), AgentId("2001"), SeatId("1001")
ENDS = [
    t.TalkEnded(call=CALL, at=20.0, agent=AGENT, by="caller"),
    t.CallEnded(call=CALL, at=21.0, outcome=Outcome.ANSWERED),
]


class Statements:
    """The writing statements that the store is given, one text each."""

    def __init__(self, store: Store) -> None:
        self.seen: list[str] = []
        self.commits = 0
        for engine in store.engines:
            event.listen(engine, "before_cursor_execute", self._take)
            event.listen(engine, "commit", self._commit)

    def _take(self, *what: object) -> None:
        if not str(what[2]).startswith(("SELECT", "PRAGMA", "BEGIN")):
            self.seen.append(str(what[2]))

    def _commit(self, _connection: object) -> None:
        self.commits += 1

    def of(self, beginning: str) -> list[str]:
        return [text for text in self.seen if text.startswith(beginning)]


async def test_the_end_of_a_call_is_written_with_what_comes_next_in_one_transaction(
    make_journal: Callable[..., Journal], store: Store, answered: Callable[..., Iterator[t.Event]]
) -> None:
    journal = make_journal(window_s=0.001, lazy_s=60.0)
    await journal.start()
    *before, _, _ = answered(CALL)
    for each in before:
        journal.append(each)
    await journal.settled()
    statements, stored = Statements(store), journal.health.stored
    for each in ENDS:
        journal.append(each)
    journal.append_agent({"agent": AGENT, "seat": SEAT, "state": "wrap_up", "at": 21.0, "cause": "talk_ended"})
    await asyncio.sleep(0.1)
    assert (journal.health.stored, statements.commits) == (stored, 0)
    journal.append_agent({"agent": AGENT, "seat": SEAT, "state": "break", "at": 22.0, "cause": "took_break"})
    await journal.safe()
    assert (journal.health.stored, statements.commits) == (stored + 4, 1)


class _Slow(SystemClock):
    """By which every batch takes so long to write."""

    def __init__(self, batch_s: float) -> None:
        self._batch_s, self._now = batch_s, 0.0

    def monotonic(self) -> float:
        self._now += self._batch_s
        return self._now


async def test_where_writing_takes_long_more_is_written_at_once_and_no_event_waits_for_long(
    make_journal: Callable[..., Journal], store: Store
) -> None:
    journal = make_journal(window_s=0.001, clock=_Slow(5.0))
    await journal.start()
    statements, began = Statements(store), time.monotonic()
    for n in range(80):
        journal.append_agent({"agent": AGENT, "seat": SEAT, "state": "break", "at": float(n), "cause": "took_break"})
        await asyncio.sleep(0.005)  # as they come on a busy day: else there would be one batch
    assert 2 <= statements.commits <= 1 + (time.monotonic() - began) / 0.1
    async with asyncio.timeout(5):
        await journal.safe()  # 15 s, were there no limit


async def test_who_waits_without_hurry_has_it_when_it_is_written_anyway(make_journal: Callable[..., Journal]) -> None:
    journal = make_journal(window_s=0.001, lazy_s=60.0)
    await journal.start()
    journal.append(t.StepEntered(call=CALL, at=1.0, flow="f", step="s"))
    patient = asyncio.create_task(journal.safe())
    done, _ = await asyncio.wait({patient}, timeout=0.1)
    assert not done
    async with asyncio.timeout(5):
        await journal.flush()
        await patient
    journal.append(t.StepEntered(call=CALL, at=2.0, flow="f", step="s"))
    impatient = asyncio.create_task(journal.safe())
    done, _ = await asyncio.wait({impatient}, timeout=0.1)
    assert not done, "who hurried before is served: what comes later waits again"
    await journal.close()
    await impatient


async def test_of_a_calls_row_only_what_comes_late_is_written_late(
    journal: Journal, store: Store, reader: Reader, answered: Callable[..., Iterator[t.Event]]
) -> None:
    for each in answered(CALL):
        journal.append(each)
    await journal.settled()
    statements = Statements(store)
    journal.append(t.WrapUpEnded(call=CALL, at=30.0, agent=AGENT, seconds=9.0))
    await journal.settled()
    (update,) = statements.of("UPDATE calls")
    assert update.partition("WHERE")[0].count("=") == 1
    path = "2026/11/23/c1.wav"
    journal.append(
        RecordingStored(call=CALL, at=31.0, path=path, duration_s=9.5, size=7, sha256="ab" * 32, flags=[])
    )  # fmt: skip
    await journal.settled()
    row = await reader.call(CALL)
    assert row is not None
    assert (row.wrap_up_s, row.recording, row.recording_s, row.recording_sha256) == (9.0, path, 9.5, "ab" * 32)
    assert (row.outcome, row.agent) == ("answered", AGENT)


async def test_after_a_transaction_that_was_rolled_back_the_whole_row_is_written(
    store: Store, reader: Reader, answered: Callable[..., Iterator[t.Event]]
) -> None:
    numbers = iter(range(1, 1000))
    ledger = Ledger(lambda: next(numbers), SystemClock().now)
    began = [entry_of_event(each, next(numbers)) for each in answered(CALL)]
    await store.transact(lambda connection: ledger.enter(connection, began, fold=[CALL]))
    late = [entry_of_event(t.WrapUpEnded(call=CALL, at=30.0, agent=AGENT, seconds=9.0), next(numbers))]

    def refused(connection: object) -> None:
        ledger.enter(connection, late)  # type: ignore[arg-type]
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        await store.transact(refused)
    await store.transact(lambda connection: ledger.enter(connection, late, again=True))
    row = await reader.call(CALL)
    assert row is not None
    assert row.wrap_up_s == 9.0


@pytest.mark.parametrize(
    ("entry", "waits"),
    [
        (Entry("call", "c", 1, 1.0, "CallEnded", {"cause": "caller"}), True),
        (Entry("call", "c", 1, 1.0, "Queued", {}), False),
        (Entry("call", "c", 1, 1.0, "CallbackChanged", {"cause": "talk_ended"}), False),
        (Entry("agent", "a", 1, 1.0, "wrap_up", {"cause": "talk_ended"}), True),
        (Entry("agent", "a", 1, 1.0, "ready", {"cause": "wrap_up_over"}), True),
        (Entry("agent", "a", 1, 1.0, "ready", {"cause": "went_ready"}), False),
        (Entry("agent", "a", 1, 1.0, "talking", {"cause": "talk_began"}), False),
    ],
)
def test_only_what_the_next_service_finds_out_by_itself_can_wait(entry: Entry, *, waits: bool) -> None:
    assert entry.can_wait is waits
