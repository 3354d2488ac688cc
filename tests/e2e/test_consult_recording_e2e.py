"""What agent and third say while the caller hears music: recorded on its own where the queue says so, only there."""

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from talk_scenes import AGENT, CALLER, FLOW, NUMBER, SUPERVISOR, THIRD, Scene, Stage
from test_restart_e2e import kill_service
from test_supervision_e2e import Watch

from calls.conversation import State
from simulator.media import spectrum
from simulator.media.g711 import RATE, Samples
from telephony.sides import Mode
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Site

_OVERHEARD = "12381"
_SECRET = 1500
_TONES = (CALLER, AGENT, THIRD, SUPERVISOR, _SECRET)


@pytest.fixture
async def stage(site: "Site", stage: Stage) -> Stage:
    """The stage, and a number whose queue has consultations recorded."""
    await site.add_flow("overheard", FLOW.replace(NUMBER, _OVERHEARD).replace("unhurried", "overheard"))
    return stage


async def recordings_of(site: "Site", call: CallDetail) -> list[dict[str, Any]]:
    """All of a call's recordings, once they are made, in order."""
    begun = sum(entry.kind in ("RecordingStarted", "ConsultRecordingStarted") for entry in call.timeline)

    async def look() -> list[dict[str, Any]]:
        listed = await site.hotline("recordings", "list", "--call", call.id)
        return listed if len([one for one in listed if one["stored_at"]]) == begun else []

    found = await site.eventually(look, 20)
    return sorted(found, key=lambda one: float(one["started_at"]))


def sides(site: "Site", recording: dict[str, Any]) -> tuple[Samples, Samples]:
    """The two channels of a recording."""
    samples, rate = soundfile.read(site.state / "recordings" / recording["path"], dtype="int16", always_2d=True)
    assert (rate, samples.shape[1]) == (RATE, 2)
    return np.ascontiguousarray(samples[:, 0]), np.ascontiguousarray(samples[:, 1])


def heard(samples: Samples) -> set[int]:
    return set(spectrum.heard_tones(np.ascontiguousarray(samples), _TONES))


def times(call: CallDetail, kind: str) -> list[float]:
    return [entry.at for entry in call.timeline if entry.kind == kind]


async def contents(site: "Site", call: CallDetail, path: str) -> dict[str, Any]:
    """What is told of one of a call's recordings."""
    shown = (await site.hotline("recordings", "show", call.id))["recordings"]
    return next(one["contents"] for one in shown if one["path"] == path)


async def dropped(scene: Scene) -> bool:
    """Order that the agent goes back to the caller; return whether that was done."""
    told = await scene.site.told("talk", {"act": "drop", "call": scene.call, "to": "", "by": "test"})
    return bool(told["ok"])


async def swapped_there_and_back(scene: Scene) -> None:
    """The agent talks to the caller, and to the third again."""
    await scene.hearing("agent third", "caller")
    await scene.order("swap")
    await scene.hearing("caller agent", "third")
    await scene.order("swap")
    await scene.hearing("agent third", "caller")


async def test_agent_and_third_are_recorded_on_their_own_and_the_caller_is_not_in_it(stage: Stage) -> None:
    site = stage.site
    await stage.open(1, 2)
    overheard = await stage.scene("13838100001", State.CONSULTING, to=_OVERHEARD)
    other = await stage.scene("13838100002", State.CONSULTING)
    await asyncio.gather(swapped_there_and_back(overheard), swapped_there_and_back(other))
    for scene in (overheard, other):
        await scene.order("complete")
    await asyncio.gather(overheard.hearing("caller third"), other.hearing("caller third"))
    await asyncio.gather(overheard.hang_up(), other.hang_up())

    call = await site.recorded_call_of("13838100001")
    talk, *consults = await recordings_of(site, call)
    assert [one["kind"] for one in (talk, *consults)] == ["talk", "consult", "consult"]
    assert call.recording == talk["path"], "the call is known by its talk"
    listed = await site.hotline("recordings", "list", "--call", call.id, "--kind", "consult")
    assert {one["path"] for one in listed} == {one["path"] for one in consults}
    began, ended = times(call, "ConsultRecordingStarted"), times(call, "ConsultRecordingEnded")
    hears_of_talk = sides(site, talk)[1]
    for one, start, end in zip(consults, began, ended, strict=True):
        agent, third = sides(site, one)
        assert (heard(agent), heard(third)) == ({AGENT}, {THIRD})
        assert abs(len(agent) / RATE - (end - start)) < 0.5
        assert one["flags"] == []
        told = await contents(site, call, one["path"])
        assert [channel["name"] for channel in told["channels"]] == ["agent", "third"]
        assert told["parts"][0]["parties"] == [f"agent:{overheard.agent_id}", "department:water"]
        of_talk = [round((at - talk["started_at"]) * RATE) for at in (start + 0.3, end - 0.3)]
        meanwhile = hears_of_talk[slice(*of_talk)]
        assert not heard(meanwhile) & {AGENT, THIRD}, "the caller's recording has what the caller did not hear"
        assert np.abs(meanwhile).max() > 500, "the caller's recording has no music"
    assert heard(sides(site, talk)[0]) == {CALLER}
    await site.hotline("recordings", "verify", "--since", "1m")
    played = await site.hotline("recordings", "play", call.id, "--which", "2")
    assert consults[0]["path"] in str(played)

    unheard = await site.recorded_call_of("13838100002")
    assert [one["kind"] for one in await recordings_of(site, unheard)] == ["talk"]
    assert not times(unheard, "ConsultRecordingStarted")


async def test_what_is_said_in_a_pause_is_in_neither_recording(stage: Stage) -> None:
    site, number = stage.site, "13838100003"
    await stage.open(1, 1)
    scene = await stage.scene(number, State.CONSULTING, to=_OVERHEARD)
    await scene.hearing("agent third", "caller")
    assert scene.agent is not None
    assert scene.third is not None
    await scene.agent.send_digits("*2")
    await site.happened(number, "RecordingPaused")
    scene.third.say_tone(_SECRET)
    await scene.agent.hear_tone(_SECRET, 10)
    await asyncio.sleep(1)  # of speech
    scene.third.say_tone(THIRD)
    await scene.agent.hear_tone(THIRD, 10)
    await asyncio.sleep(0.5)  # what is on its way is still the secret
    await scene.agent.send_digits("*2")
    await site.happened(number, "RecordingContinued")
    await asyncio.sleep(1)  # of speech
    await scene.hang_up()

    call = await site.recorded_call_of(number)
    talk, consult = await recordings_of(site, call)
    assert heard(sides(site, consult)[1]) == {THIRD}
    gaps = [(await contents(site, call, one["path"]))["gaps"] for one in (talk, consult)]
    assert [[gap["by"] for gap in each] for each in gaps] == [["agent"], ["agent"]]
    assert abs(gaps[1][0]["to_s"] - gaps[1][0]["from_s"] - (gaps[0][0]["to_s"] - gaps[0][0]["from_s"])) < 0.1


async def test_a_consultation_that_outlives_the_service_is_one_recording_from_beginning_to_end(stage: Stage) -> None:
    site = stage.site
    await stage.open(1, 2)
    on, over = await asyncio.gather(*(stage.scene(f"1383810000{i}", State.CONSULTING, to=_OVERHEARD) for i in (4, 5)))
    await asyncio.gather(*(scene.hearing("agent third", "caller") for scene in (on, over)))
    for number in (on.number, over.number):
        await site.happened(number, "ConsultRecordingStarted")
    old = site.service_pid()
    await site.written()
    os.kill(old, signal.SIGKILL)
    await over.caller.hang_up()  # while nobody looks
    await site.eventually(lambda: site.service_pid() not in {0, old} and site.api("status"), 30)
    await site.happened(on.number, "CallResumed", 60)
    await kill_service(site)
    await on.state("consulting", timeout=60)
    await on.hearing("agent third", "caller")
    await site.eventually(lambda: dropped(on), 30)  # once the talk is taken up
    await on.hearing("caller agent")
    await on.hang_up()

    for number in (on.number, over.number):
        call = await site.recorded_call_of(number, 30)
        talk, consult = await recordings_of(site, call)
        assert (talk["kind"], consult["kind"]) == ("talk", "consult")
        agent, third = sides(site, consult)
        assert (heard(agent), heard(third)) == ({AGENT}, {THIRD})
        assert consult["flags"] == []
        if number == on.number:
            lasted = times(call, "ConsultRecordingEnded")[0] - times(call, "ConsultRecordingStarted")[0]
            assert abs(len(agent) / RATE - lasted) < 0.5
    await on.hang_up()
    await over.hang_up()
    await site.without_channels()


async def test_a_supervisor_who_has_joined_in_is_in_the_recording_of_the_consultation_and_named_in_it(
    stage: Stage,
) -> None:
    site, number = stage.site, "13838100007"
    await stage.open(1, 1)
    scene = await stage.scene(number, State.CONSULTING, to=_OVERHEARD)
    await scene.hearing("agent third", "caller")
    await (await Watch.at(stage, 0)).begins(Mode.BARGE, scene)
    await scene.hearing("agent third supervisor", "caller")
    assert scene.supervisor is not None
    assert scene.third is not None
    await scene.supervisor.hang_up()
    await scene.hearing("agent third", "caller")
    scene.third.say_tone(_SECRET)  # after the supervisor, to be told from before
    await asyncio.sleep(1)  # of speech
    scene.third.say_tone(THIRD)
    await scene.order("merge")
    await scene.hearing("caller agent third")
    await scene.hang_up()

    call = await site.recorded_call_of(number)
    talk, consult = await recordings_of(site, call)
    assert (talk["kind"], consult["kind"]) == ("talk", "consult")
    agent, third = sides(site, consult)
    assert heard(agent) == {AGENT}
    assert heard(third) == {THIRD, SUPERVISOR, _SECRET}, "what the agent heard is not all there"
    assert SUPERVISOR not in heard(np.concatenate(sides(site, talk))), "the caller did not hear the supervisor"
    lasted = times(call, "ConsultRecordingEnded")[0] - times(call, "ConsultRecordingStarted")[0]
    assert abs(len(agent) / RATE - lasted) < 0.8
    assert consult["flags"] == []
    parts = [part["parties"] for part in (await contents(site, call, consult["path"]))["parts"]]
    two = [f"agent:{scene.agent_id}", "department:water"]
    assert parts == [two, [*two, "supervisor:2090"], two]


async def test_where_consultations_are_not_recorded_a_supervisor_in_one_is_in_no_recording(stage: Stage) -> None:
    site, number = stage.site, "13838100008"
    await stage.open(1, 1)
    scene = await stage.scene(number, State.CONSULTING)
    await (await Watch.at(stage, 0)).begins(Mode.BARGE, scene)
    await scene.hearing("agent third supervisor", "caller")
    await asyncio.sleep(1)  # of speech
    await scene.hang_up()

    call = await site.recorded_call_of(number)
    (talk,) = await recordings_of(site, call)
    assert talk["kind"] == "talk"
    assert not heard(np.concatenate(sides(site, talk))) & {THIRD, SUPERVISOR}


async def test_a_consultation_with_a_supervisor_is_one_recording_though_the_service_dies_and_another_joins_in(
    stage: Stage,
) -> None:
    site, number = stage.site, "13838100009"
    await stage.open(1, 1)
    scene = await stage.scene(number, State.CONSULTING, to=_OVERHEARD)
    await (await Watch.at(stage, 0)).begins(Mode.BARGE, scene)
    await scene.hearing("agent third supervisor", "caller")
    await kill_service(site)
    assert scene.supervisor is not None
    await scene.supervisor.wait_ended(30)
    await site.happened(number, "CallResumed", 60)
    await scene.hearing("agent third", "caller")
    await (await Watch.at(stage, 1)).begins(Mode.BARGE, scene)
    await scene.hearing("agent third supervisor", "caller")
    await scene.order("drop")
    await scene.hears({"caller": {"agent", "supervisor"}, "agent": {"caller", "supervisor"},
                       "supervisor": {"caller", "agent"}})  # fmt: skip
    await scene.hang_up()

    call = await site.recorded_call_of(number, 30)
    talk, consult = await recordings_of(site, call)
    assert (talk["kind"], consult["kind"], consult["flags"]) == ("talk", "consult", [])
    agent, third = sides(site, consult)
    assert heard(agent) == {AGENT}
    assert heard(third[-3 * RATE :]) == {THIRD, SUPERVISOR}, "it does not go on with the second supervisor"
    await site.without_channels()
