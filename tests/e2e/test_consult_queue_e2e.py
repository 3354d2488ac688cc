"""Consulting a queue: whoever of it is free is rung, nobody is rung for two, and each colleague's time is their own."""

import asyncio
from typing import TYPE_CHECKING

from talk_scenes import AGENT, THIRD, Scene, Stage
from talk_voice import Voice

from calls.conversation import State
from simulator import CallLeg
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Phones, Site


def rung(call: CallDetail) -> list[str]:
    return [entry.data["party"] for entry in call.timeline if entry.kind == "PartyInvited"]


async def test_the_key_rings_whoever_of_a_queue_is_free_and_tells_when_nobody_is(
    site: "Site", phones: "Phones"
) -> None:
    await phones.seat("1001", "2001", tone=700)
    expert = await phones.seat("1005", "2005", tone=900, ready=False)  # the only one with the skill of queue 2
    other = await phones.seat("1002", "2002", tone=1100, ready=False)
    caller = await phones.ask_for_a_person("13810800001", tone=2400)
    await caller.hear_tone(700, 15)
    agent = phones.seats[0].legs[0]
    await other.press("*12")
    await site.eventually(lambda: site.agent("2002")["state"] == "ready")
    await agent.send_digits("*4")
    await agent.hear_sound()
    await agent.send_digits("2#")
    await Voice(site).heard(agent, "talk.nobody_free")
    assert not expert.legs
    assert not other.legs, "who has not the skill was rung"
    await expert.press("*12")
    await site.eventually(lambda: site.agent("2005")["state"] == "ready")
    await agent.send_digits("2#")
    await agent.hear_tone(900, 10)
    await caller.hear_sound()
    assert site.agent("2005")["state"] == "talking"
    assert site.agent("2001")["state"] == "consulting"
    assert expert.legs[0].caller_number == "13810800001"
    await agent.send_digits("*9")
    await caller.hear_tone(700, 10)
    await site.eventually(lambda: not expert.legs)
    await site.eventually(lambda: site.agent("2005")["state"] in ("wrap_up", "ready"))
    assert site.agent("2001")["state"] == "talking"
    await caller.hang_up()
    call = await site.call_of("13810800001")
    assert call.agents == ["2001"], "who was asked is charged with the caller's talk"
    assert rung(call) == ["agent:2005"]
    asked = next(leg for leg in call.legs if leg.party == "agent:2005")
    assert 0 < asked.connected_s < call.talking_s


async def test_agents_who_consult_a_queue_at_once_get_a_colleague_each_and_one_too_many_is_told_so(
    stage: Stage,
) -> None:
    site = stage.site
    await stage.open(1, 4)
    scenes = await asyncio.gather(*(stage.scene(f"1381080010{i}", State.TALKING) for i in range(4)))
    await stage.open(5, 3)
    told = await asyncio.gather(*(scene.told("consult", "queue:general") for scene in scenes))
    [refused] = [answer["message"] for answer in told if not answer["ok"]]
    assert refused.endswith("nobody of queue general is free")
    served = [scene for scene, answer in zip(scenes, told, strict=True) if answer["ok"]]
    colleagues = await asyncio.gather(*(answers(stage, scene) for scene in served))
    assert sorted(colleagues) == ["2005", "2006", "2007"]
    assert [answer["message"].split()[0] for answer in told if answer["ok"]] == [f"agent:{c}" for c in colleagues]
    await asyncio.gather(*(scene.hearing("agent third", "caller") for scene in served))
    states = {row["agent"]: row["state"] for row in site.api("agents")}
    assert {states[colleague] for colleague in colleagues} == {"talking"}
    assert {states[scene.agent_id] for scene in served} == {"consulting"}

    first, colleague = served[0], colleagues[0]
    code, out = await site.hotline_fails("call", "consult", first.call, "queue:general")
    assert code == 1
    assert "nobody of queue general is free" in out
    await first.order("drop", f"agent:{colleague}")
    await first.hearing("caller agent")
    await site.eventually(lambda: site.agent(colleague)["state"] == "wrap_up")  # their own, as long as the queue gives
    assert site.agent(first.agent_id)["state"] == "talking"
    await asyncio.gather(*(scene.order("complete") for scene in served[1:]))
    await asyncio.gather(*(scene.hearing("caller third") for scene in served[1:]))
    await asyncio.gather(*(scene.hang_up() for scene in scenes))
    for scene, whom in zip(served, colleagues, strict=True):
        call = await site.call_of(scene.number)
        assert rung(call) == [f"agent:{whom}"]
        assert call.agents == ([scene.agent_id] if scene is first else [scene.agent_id, whom])
    await site.without_channels()


async def answers(stage: Stage, scene: Scene) -> str:
    """The colleague who is rung about this caller answers, with a tone of their own; return who it is."""
    colleague, leg = await stage.agent_brought_in(scene.number)
    assert isinstance(leg, CallLeg)
    leg.answer()
    leg.say_tone(THIRD)
    scene.third = leg
    await leg.hear_tone(AGENT, 20)
    return colleague
