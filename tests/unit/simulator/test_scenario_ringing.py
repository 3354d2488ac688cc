"""Callers who hang up while it rings: CANCEL is sent, and what was meant is no failure."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulator import Behaviour, Reaction, Softphone, Timers, UserAgent, constant
from simulator.measures.figures import summary
from simulator.media.engine import MediaEngine
from simulator.scenario import CallRecord, Run, Scenario, Went, run_scenario
from simulator.scenario.reading import Read
from simulator.scenario.ringing import while_it_rings
from simulator.telling.report import report_of

TONE = 500
HANGS_UP = [{"wait": 0.3}, {"hang_up": True}]


@pytest.fixture
async def exchange() -> AsyncIterator[UserAgent]:
    media = MediaEngine(ports=(22_400, 22_798))
    async with UserAgent(media=media) as agent:
        yield agent
    await media.close()


def phone(exchange: UserAgent, reaction: Reaction, answer_after: float = 0.0) -> Softphone:
    behaviour = Behaviour(reaction, constant(answer_after), one_call_at_a_time=False)
    return Softphone(exchange, "1001", "x", tone=TONE, behaviour=behaviour)


async def lived(exchange: UserAgent, *steps: list[dict[str, Any]]) -> Run:
    callers = {f"kind{place}": {"steps": one} for place, one in enumerate(steps)}
    scenario = Scenario.model_validate({
        "name": "s", "number": "1001", "callers": callers, "calls": 4 * len(steps), "seed": 2,
        "arrivals": {"kind": "constant", "rate": 20},
    })  # fmt: skip
    return await run_scenario(Read(scenario, Path()), {}, target=exchange.address, rtp_ports=(22_800, 23_598))


def sent(record: CallRecord, dial: int = 0) -> list[str]:
    return [step.line.split()[0] for step in record.ladders[dial] if step.direction == ">"]


async def test_whoever_hangs_up_while_it_rings_sends_cancel_and_has_done_what_was_meant(exchange: UserAgent) -> None:
    called = phone(exchange, Reaction.RING)
    run = await lived(exchange, [{"hang_up": True}], HANGS_UP)
    report = report_of(run)
    assert {record.went for record in run.records} == {Went.DONE}, report["reasons"]
    assert all(sent(record) == ["INVITE", "CANCEL", "ACK"] for record in run.records)
    assert report["sip"]["codes"] == {"487": 8}
    assert report["sip"]["cancelled"] == 8
    assert report["failed_request_delay_s"]["count"] == 0, "a call that was not refused has no failed delay"
    assert (report["failed"], report["verdict"]) == (0, "passed")
    legs = [called.calls.get_nowait() for _ in run.records]
    assert {leg.reason for leg in legs} == {"CANCEL"}
    waited = [record for record in run.records if record.kind == "kind1"]
    assert waited
    assert all(record.ended_at - record.began_at >= 0.3 for record in waited)


async def test_who_gives_up_ringing_and_dials_again_is_on_the_line_at_last(exchange: UserAgent) -> None:
    """The phone rings for half a second: a caller who waits for less does not know that it would have been answered."""
    phone(exchange, Reaction.ANSWER, answer_after=0.5)
    run = await lived(exchange, [{"wait": 0.1}, {"redial": 0, "most": 1}, {"hear": TONE}, {"hang_up": True}])
    assert {(record.went, record.dials) for record in run.records} == {(Went.DONE, 2)}, report_of(run)["reasons"]
    for record in run.records:
        assert [times.code for times in record.sip] == [487, 200]
        assert (sent(record), sent(record, 1)) == (["INVITE", "CANCEL", "ACK"], ["INVITE", "ACK", "BYE"])


async def test_whoever_was_answered_before_hangs_up_as_everybody_does(exchange: UserAgent) -> None:
    phone(exchange, Reaction.ANSWER)
    run = await lived(exchange, HANGS_UP)
    assert {record.went for record in run.records} == {Went.DONE}
    assert all(sent(record) == ["INVITE", "ACK", "BYE"] for record in run.records)
    assert all("answered" in [moment.what for moment in record.timeline] for record in run.records)
    assert summary(run.records)["sip"]["cancelled"] == 0


async def test_a_call_that_was_refused_before_the_caller_hung_up_has_failed(exchange: UserAgent) -> None:
    phone(exchange, Reaction.DECLINE)
    run = await lived(exchange, HANGS_UP)
    assert {(record.went, record.reason) for record in run.records} == {(Went.FAILED, "603 Decline")}


async def test_a_wait_before_anything_else_is_one_on_the_line(exchange: UserAgent) -> None:
    phone(exchange, Reaction.ANSWER, answer_after=0.5)
    run = await lived(exchange, [{"wait": 0.4}, {"hear": TONE}, {"hang_up": True}])
    assert {record.went for record in run.records} == {Went.DONE}
    assert all(record.ended_at - record.began_at >= 0.9 for record in run.records)


@pytest.mark.parametrize(
    ("steps", "early"),
    [
        ([{"hang_up": True}], 1),
        ([{"wait": 1}, {"wait": 2}, {"hang_up": True}], 3),
        ([{"wait": 1}, {"redial": 1}, {"wait": 2}, {"hang_up": True}], 4),
        ([{"wait": 1}, {"redial": 1}, {"wait": 2}, {"press": "1"}], 2),
        ([{"wait": 1}], 0),
        ([{"wait": 1}, {"press": "1"}, {"hang_up": True}], 0),
        ([{"hear": "sound"}, {"hang_up": True}], 0),
    ],
)
def test_only_what_ends_in_hanging_up_is_done_while_it_rings(steps: list[dict[str, Any]], early: int) -> None:
    scenario = Scenario.model_validate({"name": "s", "callers": {"one": {"steps": steps}}})
    assert while_it_rings(scenario.callers["one"].steps) == early


async def test_nobody_waits_for_ever_for_the_answer_to_a_cancel(exchange: UserAgent) -> None:
    called = phone(exchange, Reaction.RING)
    quick = Timers(t1=0.02, t2=0.1, t4=0.1)
    async with UserAgent(target=exchange.address, media=exchange.media, timers=quick) as caller:
        leg = await caller.call("1001", number="138")
        await leg.wait_ringing()
        called.go_silent()
        await leg.cancel()
    assert leg.status == 408
