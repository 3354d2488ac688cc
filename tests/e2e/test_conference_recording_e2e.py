"""A conference is recorded from beginning to end, also while the caller's phone sends nothing."""

import asyncio

from talk_scenes import AGENT, CALLER, THIRD, Stage
from test_recording_e2e import beside, channels_of

from calls.conversation import State
from simulator.media import spectrum
from simulator.media.g711 import RATE, Samples

_TONES = (CALLER, AGENT, THIRD)
_QUIET_S = 3.0
_STEP = RATE // 10
_EDGE = RATE // 2


def longest_without(samples: Samples, tone: int) -> tuple[int, int]:
    """Where the longest stretch begins and ends in which a tone is not heard, in samples."""
    best = since = 0, 0
    for start in range(0, len(samples) - _STEP + 1, _STEP):
        if tone in spectrum.tones_in_window(samples[start : start + _STEP], _TONES):
            since = start + _STEP, start + _STEP
            continue
        since = since[0], start + _STEP
        best = max(best, since, key=lambda stretch: stretch[1] - stretch[0])
    return best


async def test_agent_and_third_are_recorded_while_the_callers_phone_sends_nothing(stage: Stage) -> None:
    site, number = stage.site, "13842100001"
    await stage.open(1, 1)
    scene = await stage.scene(number, State.MERGED)
    await scene.hearing("caller agent third")
    await asyncio.sleep(1)  # of speech
    scene.caller.be_quiet()
    await asyncio.sleep(_QUIET_S)
    scene.caller.be_quiet(quiet=False)
    await scene.hearing("caller agent third")
    await scene.hang_up()

    call = await site.recorded_call_of(number)
    said, heard = channels_of(site, call)
    began, ended = longest_without(said, CALLER)
    assert abs((ended - began) / RATE - _QUIET_S) < 0.5, "the recording is not as long as the talk"
    assert spectrum.heard_tones(heard[began + _EDGE : ended - _EDGE], _TONES) == {AGENT, THIRD}
    assert beside(site, call)["flags"] == []


async def test_who_joins_while_the_callers_phone_sends_nothing_is_recorded_as_soon_as_the_caller_speaks(
    stage: Stage,
) -> None:
    """Until then Asterisk 22 often writes nothing: docs/recordings.md."""
    site, numbers = stage.site, [f"1384210001{i}" for i in range(6)]
    await stage.open(1, len(numbers))

    async def live(number: str) -> None:
        scene = await stage.scene(number, State.INVITING)
        await scene.hearing("caller agent")
        scene.caller.be_quiet()
        assert scene.agent is not None
        assert scene.third is not None
        await scene.agent.hear_silence(0.5)
        scene.third.answer()
        await scene.third.hear_tone(AGENT, 20)
        await asyncio.sleep(1)
        scene.caller.be_quiet(quiet=False)
        await scene.hearing("caller agent third")
        await asyncio.sleep(1.5)  # of speech
        await scene.hang_up()

    await asyncio.gather(*(live(number) for number in numbers))
    for number in numbers:
        said, heard = channels_of(site, await site.recorded_call_of(number))
        last = slice(-RATE, -RATE // 4)  # all are there, and speak
        assert spectrum.heard_tones(said[last], _TONES) == {CALLER}
        assert spectrum.heard_tones(heard[last], _TONES) == {AGENT, THIRD}, f"{number}: not recorded"
