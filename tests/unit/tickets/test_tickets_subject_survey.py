"""What a call is about reaches its record and its ticket; what callers say after it is counted."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlalchemy import select

from calls import timeline as t
from calls.call import Outcome
from calls.identity import AgentId, CallId
from calls.standing import outcome_of, standing_of
from calls.timeline import Event, from_record, to_record
from tickets import Journal, Reader, Store, SurveyBy
from tickets.models import OutboxRow

Answered = Callable[..., Iterator[t.Event]]


def every_kind(kind: type[Event] = Event) -> Iterator[type[Event]]:
    for below in kind.__subclasses__():
        yield below
        yield from every_kind(below)


async def keep(journal: Journal, *events: t.Event) -> None:
    for event in events:
        journal.append(event)
    await journal.flush()


def noted(call: str, subject: str, source: str = "number") -> t.SubjectNoted:
    return t.SubjectNoted(call=CallId(call), at=1001.0, subject=subject, source=source)


def said(call: str, question: str, answer: str, satisfied: bool | None) -> t.SurveyAnswered:
    return t.SurveyAnswered(call=CallId(call), at=1076.0, question=question, answer=answer, satisfied=satisfied)


def test_every_kind_of_event_can_be_read_back():
    kinds = {kind.__name__ for kind in every_kind()}
    assert kinds <= {*t._KINDS}, "not readable: " + ", ".join(kinds - {*t._KINDS})
    event = said("c1", "satisfied", "1", True)
    assert from_record(to_record(event)) == event


async def test_the_subject_of_the_number_is_that_of_the_call_and_of_its_ticket(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    arrived, *rest = answered("c1")
    await keep(journal, arrived, noted("c1", "城管"), *rest)
    call = await reader.call("c1")
    assert call is not None
    assert call.subject == "城管"
    ticket = await reader.ticket(call.ticket)
    assert ticket is not None
    assert ticket.subject == "城管"


async def test_the_words_that_a_flow_gives_a_call_are_in_its_record_once_and_are_handed_on(
    journal: Journal, reader: Reader, store: Store, answered: Answered
) -> None:
    arrived, *rest = answered("c1")
    given = [t.ValuesSet(call=CallId("c1"), at=1001.0, values={}, tags=tags) for tags in (["水", "urgent"], ["urgent"])]
    await keep(journal, arrived, *given)
    assert [call.tags for call in await reader.calls()] == [["水", "urgent"]]  # while it runs, too
    await keep(journal, *rest, *answered("c2"))
    assert {call.id: call.tags for call in await reader.calls()} == {"c1": ["水", "urgent"], "c2": []}
    async with store.read() as session:
        handed_on = {row.key: row.payload["tags"] for row in await session.scalars(select(OutboxRow))}
    assert handed_on == {"call:c1": ["水", "urgent"], "call:c2": []}


async def test_a_later_subject_counts_and_a_call_without_one_has_none(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    arrived, *rest = answered("c1")
    await keep(journal, arrived, noted("c1", "城管"), noted("c1", "噪音", "step"), *rest, *answered("c2"))
    assert [(call.id, call.subject) for call in await reader.calls()] == [("c2", ""), ("c1", "噪音")]


async def test_answers_after_the_talk_are_in_the_record_and_the_share_is_of_those_who_answered(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    for index, satisfied in enumerate([True, True, True, False, None]):
        *rest, ended = answered(f"c{index}", start=1000.0 + index)
        answers = [] if satisfied is None else [said(f"c{index}", "satisfied", "1" if satisfied else "5", satisfied)]
        if satisfied is False:
            answers.append(said(f"c{index}", "why", "2", None))
        await keep(journal, *rest, *answers, ended)
    unhappy = await reader.call("c3")
    assert unhappy is not None
    assert (unhappy.answers, unhappy.satisfied) == ({"satisfied": "5", "why": "2"}, False)
    silent = await reader.call("c4")
    assert silent is not None
    assert (silent.answers, silent.satisfied) == ({}, None)
    [whole] = await reader.survey()
    assert (whole.talked, whole.answers, whole.satisfied, whole.share) == (5, 4, 3, 0.75)
    assert whole.questions == {"satisfied": {"1": 3, "5": 1}, "why": {"2": 1}}
    assert [one.share for one in await reader.survey(since=1003.0)] == [0.0]
    assert [one.share for one in await reader.survey(since=1004.0)] == [None]
    assert [one.share for one in await reader.survey(until=1003.0)] == [1.0]
    assert await reader.survey(since=2000.0) == []


async def test_satisfaction_is_told_apart_by_queue_and_by_the_agent_who_talked_last(
    journal: Journal, reader: Reader, answered: Answered
) -> None:
    for index, (queue, agent, satisfied) in enumerate([("a", "1", True), ("a", "2", False), ("b", "2", True)]):
        *rest, ended = answered(f"c{index}")
        there = [replace(event, queue=queue) if isinstance(event, t.Queued) else event for event in rest]
        there = [replace(event, agent=AgentId(agent)) if isinstance(event, t.Connected) else event for event in there]
        await keep(journal, *there, said(f"c{index}", "q", "1", satisfied), ended)
    by_queue = {one.group: one.share for one in await reader.survey(by=SurveyBy.QUEUE)}
    by_agent = {one.group: (one.answers, one.satisfied) for one in await reader.survey(by=SurveyBy.AGENT)}
    assert by_queue == {"a": 0.5, "b": 1.0}
    assert by_agent == {"1": (1, 1), "2": (2, 1)}


async def test_a_caller_passed_on_to_another_hotline_was_served_and_its_record_says_where(
    journal: Journal, reader: Reader
) -> None:
    of = CallId("c1")
    events: list[t.Event] = [
        t.CallArrived(call=of, at=1.0, caller="1", caller_name="", dialled="12345", node="n1", unique_id="c1"),
        t.PassedOn(call=of, at=2.0, party="gas", number="5550109"),
    ]
    outcome = outcome_of(standing_of(events))
    assert outcome is Outcome.SELF_SERVED
    await keep(journal, *events, t.CallEnded(call=of, at=3.0, outcome=outcome))
    call = await reader.call("c1")
    assert call is not None
    assert call.departments == ["gas"]
