"""Callers' lives against a telephone that answers everybody: what is found, and what is kept."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator import Behaviour, CallLeg, Reaction, Softphone, UserAgent, constant
from simulator.media.engine import MediaEngine
from simulator.scenario import Run, Scenario, run_scenario
from simulator.scenario.reading import Read
from simulator.scenario.record import Defect, Went
from simulator.telling.report import MOST_HEARD, report_of

TONE = 500


@pytest.fixture
async def exchange() -> AsyncIterator[UserAgent]:
    media = MediaEngine(ports=(22_400, 22_798))
    async with UserAgent(media=media) as agent:
        yield agent
    await media.close()


@pytest.fixture
def phone(exchange: UserAgent) -> Softphone:
    behaviour = Behaviour(Reaction.ANSWER, constant(0.0), one_call_at_a_time=False)
    return Softphone(exchange, "1001", "x", tone=TONE, behaviour=behaviour)


async def lived(exchange: UserAgent, callers: Mapping[str, Any], **more: Any) -> Run:
    kinds = {name: {"steps": steps} for name, steps in callers.items()}
    scenario = Scenario.model_validate({"name": "s", "number": "1001", "callers": kinds, **more})
    return await run_scenario(Read(scenario, Path()), {}, target=exchange.address, rtp_ports=(22_800, 23_598))


async def quiet_for(leg: CallLeg, after: float, seconds: float) -> None:
    """Send no audio for a while."""
    await leg.wait_answered()
    await asyncio.sleep(after)
    leg.be_quiet(quiet=True)
    await asyncio.sleep(seconds)
    leg.be_quiet(quiet=False)


@pytest.mark.parametrize(("quiet_at", "gaps"), [(0.3, 0), (2.2, 1), (3.0, 1)])
async def test_only_audio_that_is_missing_within_the_talk_is_a_gap(
    exchange: UserAgent, phone: Softphone, quiet_at: float, gaps: int
) -> None:
    steps = [{"hear": TONE}, {"wait": 1.7}, {"talk": 1.8}, {"hang_up": True}]
    running = asyncio.create_task(lived(exchange, {"one": steps}, calls=1))
    await quiet_for(await phone.next_call(), quiet_at, 0.8)
    [record] = (await running).records
    assert record.went is Went.DONE, record.reason
    assert record.defects == [Defect.GAP] * gaps
    assert record.heard.longest_gap_s >= 0.7, "the call's own longest gap is no longer known"


async def test_what_was_heard_is_kept_of_the_calls_that_failed_only_and_of_no_more_than_a_report_needs(
    exchange: UserAgent, phone: Softphone
) -> None:
    callers = {
        "fails": [{"hear": 3000, "within": 0.3}],
        "loses_patience": [{"hear": 3000, "patience": 0.3}],
        "dials_again": [{"hear": TONE}, {"redial": 0}],
    }
    run = await lived(exchange, callers, calls=90, arrivals={"kind": "constant", "rate": 40}, media="digits", seed=5)
    went = Counter((record.kind, record.went) for record in run.records)
    assert set(went) == {
        ("fails", Went.FAILED), ("loses_patience", Went.ABANDONED), ("dials_again", Went.DONE),
    }  # fmt: skip
    reasons = {record.reason.partition(" was not heard")[0] for record in run.records if record.went is Went.FAILED}
    assert reasons == {"3000 Hz"}
    kept = [record.kind for record in run.records if record.audio is not None]
    assert set(kept) == {"fails"}
    assert MOST_HEARD <= len(kept) <= 2 * MOST_HEARD
    heard = [call["kind"] for call in report_of(run)["opened"] if call["audio_wav"]]
    assert heard == ["fails"] * MOST_HEARD
