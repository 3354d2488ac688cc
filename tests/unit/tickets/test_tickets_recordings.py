"""Recordings in the store: found by what people know of them, held, and every use written down; on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from calls import timeline as t
from calls.call import Outcome
from calls.clock import SystemClock
from calls.identity import AgentId, CallId, SeatId
from tickets import Journal, RecordingHold, RecordingStore, RecordingUse, Store, WantedRecordings


@pytest.fixture
async def books(store: Store, tmp_path: Path) -> RecordingStore:
    """Two calls: 2001 talked with …01 and passed the caller to 2002; …02 left a message."""
    async with Journal(store, spool=tmp_path / "spool", clock=SystemClock()) as journal:
        for event in (*talk(), *message()):
            journal.append(event)
        await journal.settled()
    return RecordingStore(store)


def talk() -> Iterator[t.Event]:
    call = CallId("c1")
    yield t.CallArrived(
        call=call, at=100.0, caller="13800000001", caller_name="", dialled="12345", node="a", unique_id="1"
    )
    yield t.Connected(call=call, at=110.0, agent=AgentId("2001"), seat=SeatId("1001"))
    yield t.RecordingStarted(call=call, at=110.0, path="c1-first.wav")
    yield t.TalkEnded(call=call, at=120.0, agent=AgentId("2001"), by="agent")
    yield t.Connected(call=call, at=130.0, agent=AgentId("2002"), seat=SeatId("1002"))
    yield t.RecordingStarted(call=call, at=130.0, path="c1-second.wav")
    yield t.CallEnded(call=call, at=150.0, outcome=Outcome.ANSWERED)
    for path, seconds, flags in (("c1-first.wav", 10.0, []), ("c1-second.wav", 12.0, ["short"])):
        yield t.RecordingStored(
            call=call, at=151.0, path=path, duration_s=seconds, size=9, sha256="ab" * 32, flags=flags, expected_s=20.0
        )


def message() -> Iterator[t.Event]:
    call = CallId("c2")
    yield t.CallArrived(
        call=call, at=200.0, caller="13800000002", caller_name="", dialled="12345", node="a", unique_id="2"
    )
    yield t.MessageLeft(call=call, at=210.0, box="mayor", path="c2-message.wav", duration_s=8.0, end="digit")
    yield t.CallEnded(call=call, at=211.0, outcome=Outcome.VOICEMAIL)


async def found(books: RecordingStore, **wanted: object) -> list[str]:
    return [one.path for one in await books.find(WantedRecordings.model_validate(wanted))]


async def test_recordings_are_found_by_what_people_know_of_them(books: RecordingStore) -> None:
    assert await found(books) == ["c2-message.wav", "c1-second.wav", "c1-first.wav"]
    assert await found(books, limit=1) == ["c2-message.wav"]
    assert await found(books, call="c1", flagged=True) == ["c1-second.wav"]
    assert await found(books, call="c1", flagged=False) == ["c1-first.wav"]
    assert await found(books, agent="2001") == ["c1-second.wav", "c1-first.wav"], "2001 was in the call"
    assert await found(books, agent="200") == await found(books, agent='200%" or') == []
    assert await found(books, number="13800000002") == await found(books, kind="message") == ["c2-message.wav"]
    assert await found(books, since=130.0, until=200.0) == ["c1-second.wav"]
    (row, *_) = await books.find(WantedRecordings(call="c1"))
    assert (row.flags, row.expected_s, row.agents, row.held) == (["short"], 20.0, ["2001", "2002"], False)
    assert await found(books, ticket=row.ticket, flagged=True) == ["c1-second.wav"]
    (left,) = await books.find(WantedRecordings(call="c2"))
    assert (left.box, left.stored_at, left.duration_s) == ("mayor", None, 8.0)
    assert await books.stored(["c1-first.wav", "c2-message.wav", "nothing.wav"]) == {"c1-first.wav"}


async def test_a_held_call_is_not_deleted_and_what_was_done_is_told(books: RecordingStore) -> None:
    hold = RecordingHold(call_id="c1", since=300.0, by="zhang", reason="case 17")
    assert await books.hold(hold)
    assert not await books.hold(RecordingHold(call_id="c1", since=301.0, by="li", reason=""))
    assert await books.holds() == [hold]
    use = RecordingUse(at=302.0, by="retention", action="delete", call_id="c1", path="c1-first.wav", detail="old")
    assert not await books.may_delete(use)
    assert await books.release("c1", 303.0, "zhang", "closed")
    assert not await books.release("c1", 304.0, "zhang", "closed")
    assert await books.may_delete(use)
    assert await found(books, call="c1") == ["c1-second.wav"]
    assert await found(books, deleted=True) == ["c1-first.wav"]
    assert await books.paths() == {"c1-second.wav", "c2-message.wav"}
    assert [(one.action, one.by) for one in await books.uses("c1")] == [
        ("delete", "retention"), ("release", "zhang"), ("hold", "zhang")
    ]  # fmt: skip
