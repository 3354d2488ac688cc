"""Four who talk: all hear all, one is dropped by name or key, one leaves, the agent goes; the books tell the same."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from talk_scenes import AGENT, CALLER, THIRD, Scene, Stage

from calls.conversation import State
from simulator import CallLeg
from simulator.media import spectrum
from simulator.media.g711 import RATE, Samples
from simulator.media.sounds import load
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Site

_FUND, _WATER = "department:housing_fund", "department:water"
_FUNDS_TONE, _WATERS_TONE = THIRD, 1500
_TONES = [CALLER, AGENT, _FUNDS_TONE, _WATERS_TONE]
_LISTEN_S = 2.0


async def all_hear_all(**legs: CallLeg) -> None:
    """Each of these hears all others, and nobody else, before long."""
    own = {"caller": CALLER, "agent": AGENT, "fund": _FUNDS_TONE, "water": _WATERS_TONE}
    wanted = {name: {own[other] for other in legs if other != name} for name in legs}
    deadline = time.monotonic() + 15
    heard = dict[str, set[int]]()
    while heard != wanted:
        assert time.monotonic() < deadline, f"wanted {wanted}, heard {heard}"
        since = time.monotonic()
        await asyncio.sleep(_LISTEN_S)
        heard = {name: leg.heard_tones(_TONES, since=since) - {own[name]} for name, leg in legs.items()}


class Four:
    """A talk of four: the fund's office was consulted and merged, the water works were invited then."""

    def __init__(self, stage: Stage, scene: Scene, fund: CallLeg, water: CallLeg) -> None:
        assert scene.agent is not None
        self.site, self.scene = stage.site, scene
        self.caller, self.agent, self.fund, self.water = scene.caller, scene.agent, fund, water

    @classmethod
    async def begin(cls, stage: Stage, number: str) -> "Four":
        scene = await stage.scene(number, State.TALKING)
        await scene.order("consult", _FUND)
        fund = await stage.third_of(number)
        fund.answer()
        await fund.hear_tone(AGENT, 20)
        await scene.order("merge")
        await fund.hear_tone(CALLER, 10)
        await scene.order("invite", _WATER)
        water = await stage.third_of(number)
        water.answer()
        water.say_tone(_WATERS_TONE)
        four = cls(stage, scene, fund, water)
        await all_hear_all(caller=four.caller, agent=four.agent, fund=fund, water=water)
        return four

    async def parties(self) -> list[str]:
        """Who was brought in, as `hotline call talks` tells."""
        [talk] = [row for row in await self.site.hotline("call", "talks") if row["call"] == self.scene.call]
        assert talk["agent"] == self.scene.agent_id
        return [one["party"] for one in talk["parties"]]

    def in_conference(self) -> bool:
        return self.scene.call in self.site.asterisk("confbridge list")


def groups(call: CallDetail) -> list[set[str]]:
    """Who heard each other, one after the other."""
    return [set(segment.parties) for segment in call.segments]


async def parts(site: "Site", call: CallDetail) -> list[tuple[float, float, set[str]]]:
    """From when to when (seconds) whom the call's recording has, as its index tells."""
    shown = (await site.hotline("recordings", "show", call.id))["recordings"]
    [talk] = [one for one in shown if one["path"] == call.recording]
    return [(part["from_s"], part["to_s"], set(part["parties"])) for part in talk["contents"]["parts"]]


def heard_between(samples: Samples, from_s: float, to_s: float) -> set[int]:
    """The tones in a stretch of a recording, its edges left out."""
    middle = samples[int((from_s + 0.4) * RATE) : int((to_s - 0.4) * RATE)]
    return set(spectrum.heard_tones(middle, _TONES))


async def the_recording_has_them_as_the_books_do(site: "Site", call: CallDetail) -> None:
    tones = {"caller": CALLER, f"agent:{call.agent}": AGENT, _FUND: _FUNDS_TONE, _WATER: _WATERS_TONE}
    samples = load(site.state / "recordings" / call.recording)
    told = [one for one in await parts(site, call) if one[1] - one[0] > 1.2]  # shorter ones are a moment between two
    assert max(len(whom) for _, _, whom in told) == 4
    for from_s, to_s, whom in told:
        if len(whom) > 1:
            assert heard_between(samples, from_s, to_s) == {tones[party] for party in whom}, (from_s, to_s, whom)


def left(call: CallDetail) -> list[tuple[str, str]]:
    return [(e.data["party"], e.data["reason"]) for e in call.timeline if e.kind == "PartyLeft"]


async def calls_of_departments(site: "Site") -> dict[str, int]:
    rows: list[dict[str, Any]] = await site.hotline("departments")
    return {row["department"]: row["calls"] for row in rows if row["calls"]}


@pytest.mark.soak
async def test_of_four_one_is_dropped_by_name_and_one_leaves_by_itself(stage: Stage) -> None:
    await stage.open(1, 1)
    site, four = stage.site, await Four.begin(stage, "13810700001")
    scene = four.scene
    assert await four.parties() == [_FUND, _WATER]
    code, out = await site.hotline_fails("call", "drop", scene.call, "department:nowhere")
    assert code == 1
    assert "there are: department:housing_fund (66010001); department:water (66010002)" in out
    assert await calls_of_departments(site) == {"housing_fund": 1, "water": 1}

    done = await site.hotline("call", "drop", scene.call, _FUND)
    assert (done["dropped"], done["state"]) == (_FUND, "merged")
    assert [one["party"] for one in done["parties"]] == [_WATER]
    await four.fund.wait_ended(5)
    await all_hear_all(caller=four.caller, agent=four.agent, water=four.water)
    assert four.in_conference()
    assert await calls_of_departments(site) == {"water": 1}

    await four.water.hang_up()
    await all_hear_all(caller=four.caller, agent=four.agent)
    await site.eventually(lambda: not four.in_conference())
    await scene.state("talking")
    await four.caller.hang_up()
    call = await site.recorded_call_of("13810700001")
    agent = f"agent:{scene.agent_id}"
    assert groups(call) == [
        {"caller", agent}, {agent, _FUND}, {"caller", agent, _FUND}, {"caller", agent, _FUND, _WATER},
        {"caller", agent, _WATER}, {"caller", agent},
    ]  # fmt: skip
    assert left(call) == [(_FUND, "hang_up"), (_WATER, "hang_up")]
    for party, leg in ((_FUND, four.fund), (_WATER, four.water)):
        assert await site.together_s("13810700001", party) == pytest.approx(leg.talk_s, abs=0.4)
    await the_recording_has_them_as_the_books_do(site, call)
    await site.without_channels()


async def test_of_four_the_agent_leaves_and_three_talk_on_until_two_are_left(stage: Stage) -> None:
    await stage.open(1, 1)
    site, four = stage.site, await Four.begin(stage, "13810700002")
    await four.scene.order("complete")
    await four.agent.wait_ended(5)
    await all_hear_all(caller=four.caller, fund=four.fund, water=four.water)
    await four.scene.state("wrap_up", "ready")
    await four.fund.hang_up()
    await all_hear_all(caller=four.caller, water=four.water)
    await site.eventually(lambda: not four.in_conference())
    await four.water.hang_up()
    await four.caller.wait_ended(20)
    call = await site.recorded_call_of("13810700002")
    agent = f"agent:{four.scene.agent_id}"
    assert groups(call) == [
        {"caller", agent}, {agent, _FUND}, {"caller", agent, _FUND}, {"caller", agent, _FUND, _WATER},
        {"caller", _FUND, _WATER}, {"caller", _WATER},
    ]  # fmt: skip
    assert sorted(call.departments) == ["housing_fund", "water"]
    assert await site.together_s("13810700002", _WATER) == pytest.approx(four.water.talk_s, abs=0.4)
    await the_recording_has_them_as_the_books_do(site, call)
    await site.without_channels()


async def test_the_key_drops_the_last_who_joined_and_then_the_other(stage: Stage) -> None:
    await stage.open(1, 1)
    four = await Four.begin(stage, "13810700003")
    await four.agent.send_digits("*9")
    await four.water.wait_ended(5)
    assert not four.fund.ended.is_set()
    await all_hear_all(caller=four.caller, agent=four.agent, fund=four.fund)
    await four.agent.send_digits("*9")
    await four.fund.wait_ended(5)
    await all_hear_all(caller=four.caller, agent=four.agent)
    assert four.caller.digits == ""
    await four.scene.hang_up()
    await stage.site.without_channels()


async def test_who_is_being_rung_is_called_off_first_and_those_who_talk_talk_on(stage: Stage) -> None:
    await stage.open(1, 1)
    site, scene = stage.site, await stage.scene("13810700004", State.MERGED)
    assert scene.third is not None
    assert scene.agent is not None
    await scene.order("invite", _FUND)
    fund = await stage.third_of("13810700004")
    code, out = await site.hotline_fails("call", "invite", scene.call, _WATER)
    assert code == 1
    assert "department:water is in this talk already" in out
    done = await site.hotline("call", "drop", scene.call)
    assert done["dropped"] == _FUND
    await fund.wait_ended(5)
    assert not fund.answered.is_set()
    await scene.hearing("caller agent third")
    done = await site.hotline("call", "drop", scene.call, "66010002")  # by the number that was rung
    assert done["message"].startswith("department:water is hung up; agent and caller are alone again")
    await scene.third.wait_ended(5)
    await scene.hearing("caller agent")
    await scene.hang_up()
    assert left(await site.call_of("13810700004")) == [(_FUND, "called_off"), (_WATER, "hang_up")]
    await site.without_channels()


async def test_of_two_who_are_rung_when_nobody_else_is_left_one_declines_and_the_other_comes(stage: Stage) -> None:
    await stage.open(1, 2)
    scene = await stage.scene("13810700006", State.MERGED)
    [colleague] = set(stage.seats) - {scene.agent_id}
    await scene.order("invite", _FUND)
    fund = await stage.third_of("13810700006")
    await scene.order("invite", f"agent:{colleague}")
    _, phone = await stage.agent_brought_in("13810700006")
    await scene.order("drop", "02")  # the water works, by the department's digits
    await scene.hearing("caller agent")
    fund.reject(486)
    await stage.site.eventually(lambda: [len(talk["parties"]) for talk in stage.site.api("talks")] == [1])
    phone.say_tone(THIRD)
    scene.third = phone
    phone.answer()
    await scene.hearing("caller agent third")
    await scene.order("drop", phone.called_number)
    await scene.hearing("caller agent")
    await stage.site.eventually(lambda: stage.site.agent(colleague)["state"] == "wrap_up")
    await scene.hang_up()
    await stage.site.without_channels()


async def test_when_the_one_who_talks_is_dropped_who_is_rung_comes_all_the_same(stage: Stage) -> None:
    await stage.open(1, 1)
    scene = await stage.scene("13810700005", State.MERGED)
    assert scene.third is not None
    await scene.order("invite", _FUND)
    fund = await stage.third_of("13810700005")
    await scene.order("drop", _WATER)
    await scene.third.wait_ended(5)
    await scene.hearing("caller agent")
    scene.third = fund
    fund.answer()
    await scene.hearing("caller agent third")
    await scene.hang_up()
    await stage.site.without_channels()
