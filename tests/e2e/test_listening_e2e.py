"""A supervisor in somebody's talk: who hears whom, by tones; who may, and what is kept of it."""

import asyncio
import json
import time
from typing import TYPE_CHECKING

import pytest

from simulator.media.sounds import load
from simulator.media.spectrum import heard_tones

if TYPE_CHECKING:
    from conftest import Phones, Site

    from simulator import CallLeg, Softphone

_CALLER, _AGENT, _SUPERVISOR = 440, 900, 1750
_BEEP, _BEEP_S = 1000, 4  # as conftest.py sets it
_TONES = (_CALLER, _AGENT, _SUPERVISOR)


class Talk:
    """A caller and an agent who talk, and a supervisor's phone beside."""

    def __init__(self, caller: "CallLeg", agent: "Softphone", supervisor: "Softphone") -> None:
        self.caller, self.agent, self.supervisor = caller, agent, supervisor
        self.at_agent = agent.legs[-1]

    def hear_now(self, since: float) -> tuple[set[int], set[int], set[int]]:
        """Who hears which tones: caller, agent, supervisor."""
        legs = (self.caller, self.at_agent, *self.supervisor.legs[-1:])
        heard = [leg.heard_tones(_TONES, since=since) for leg in legs]
        return heard[0], heard[1], heard[2] if len(heard) > 2 else set()

    async def comes_to(self, caller: set[int], agent: set[int], supervisor: set[int]) -> None:
        """Within some seconds these hear these, for a second and more, and nothing else."""
        told = None
        for _ in range(12):
            since = time.monotonic()
            await asyncio.sleep(1.2)
            told = self.hear_now(since)
            if told == (caller, agent, supervisor):
                return
        pytest.fail(f"caller, agent, supervisor hear {told}")


@pytest.fixture
async def talk(site: "Site", phones: "Phones") -> Talk:
    agent = await phones.seat("1001", "2001", tone=_AGENT)
    supervisor = await phones.seat("1002", tone=_SUPERVISOR)
    caller = await phones.ask_for_a_person("13800004001", tone=_CALLER)
    await caller.hear_tone(_AGENT, 15)
    return Talk(caller, agent, supervisor)


async def _acts(site: "Site", since: float) -> list[str]:
    return [entry["act"] for entry in await site.hotline("audit") if entry["at"] >= since]


async def _names_themselves(site: "Site", leg: "CallLeg", person: str = "2090") -> None:
    await leg.hear_sound(10)
    await leg.send_digits(f"{person}#{site.pins[person]}#")


async def test_a_supervisor_listens_whispers_joins_and_is_heard_by_nobody_else(site: "Site", talk: Talk) -> None:
    began = time.time()
    leg = await talk.supervisor.dial("*211001")
    await leg.wait_answered(10)
    await _names_themselves(site, leg)
    await talk.comes_to({_AGENT}, {_CALLER}, {_CALLER, _AGENT})  # listening
    for key, caller, agent in (
        ("2", {_AGENT}, {_CALLER, _SUPERVISOR}),
        ("3", {_AGENT, _SUPERVISOR}, {_CALLER, _SUPERVISOR}),
        ("1", {_AGENT}, {_CALLER}),
    ):
        await leg.send_digits("*")
        await leg.hear_sound(10)
        await leg.send_digits(key)
        await talk.comes_to(caller, agent, {_CALLER, _AGENT})
    await leg.send_digits("*")
    await leg.hear_sound(10)
    await leg.send_digits("4")  # the talk is theirs now
    await asyncio.gather(talk.caller.hear_tone(_SUPERVISOR, 10), talk.at_agent.wait_ended(15))
    since = time.monotonic()
    await asyncio.sleep(1.2)
    assert (leg.heard_tones(_TONES, since=since), talk.caller.heard_tones(_TONES, since=since)) == (
        {_CALLER}, {_SUPERVISOR},
    )  # fmt: skip
    await leg.hang_up()
    await talk.caller.wait_ended(20)
    call = await site.recorded_call_of("13800004001")
    two, three = ("agent:2001", "caller"), ("agent:2001", "caller", "supervisor:2090")  # while they had joined in
    assert [tuple(segment.parties) for segment in call.segments] == [two, three, two, ("agent:2090", "caller")]
    assert await _acts(site, began) == [
        "listen_began", "listen_ended", "whisper_began", "whisper_ended", "barge_began", "barge_ended", "listen_began",
        "listen_ended", "taken_over",
    ]  # fmt: skip
    entry = (await site.hotline("audit"))[-1]
    assert (entry["person"], entry["at_seat"], entry["seat"], entry["agent"]) == ("2090", "1002", "1001", "2001")
    assert entry["call"] == call.id
    assert call.outcome == "answered"


async def test_only_a_supervisor_with_the_right_pin_gets_in(site: "Site", phones: "Phones", talk: Talk) -> None:
    began = time.time()
    leg = await talk.supervisor.dial("*211001")
    await leg.wait_answered(10)
    await _names_themselves(site, leg, "2002")  # right PIN, but an agent
    await leg.hear_silence(0.8, 15)
    await leg.send_digits("2090#000000#")
    async with asyncio.timeout(60):
        await leg.ended.wait()
    since = time.monotonic()
    await asyncio.sleep(1.2)
    assert talk.hear_now(since)[:2] == ({_AGENT}, {_CALLER})
    acts = await _acts(site, began)
    assert acts
    assert set(acts) == {"listening_refused"}
    assert not leg.heard_tones(_TONES)
    await talk.caller.hang_up()


async def test_by_command_the_phone_of_the_supervisor_who_is_logged_in_rings(
    site: "Site", phones: "Phones", talk: Talk
) -> None:
    await phones._log_in(talk.supervisor, "2090")
    done = await site.hotline("whisper", "1001")
    assert (done["ok"], done["at"]) == (True, "1002")
    await talk.comes_to({_AGENT}, {_CALLER, _SUPERVISOR}, {_CALLER, _AGENT})
    await talk.caller.hang_up()  # the talk's end is the end of listening
    async with asyncio.timeout(20):
        await talk.supervisor.legs[-1].ended.wait()


async def test_a_supervisor_can_end_a_talk(site: "Site", talk: Talk) -> None:
    leg = await talk.supervisor.dial("*211001")
    await leg.wait_answered(10)
    await _names_themselves(site, leg)
    await talk.comes_to({_AGENT}, {_CALLER}, {_CALLER, _AGENT})
    await leg.send_digits("*")
    await leg.hear_sound(10)
    await leg.send_digits("9")
    async with asyncio.timeout(20):
        await talk.at_agent.ended.wait()
        await leg.ended.wait()
    assert (await _acts(site, 0))[-1] == "talk_ended"


async def test_a_supervisor_takes_a_talk_over_by_command_and_the_agent_is_out(
    site: "Site", phones: "Phones", talk: Talk
) -> None:
    began = time.time()
    await phones._log_in(talk.supervisor, "2090")
    assert (await site.hotline("take", "1001"))["ok"]
    leg = talk.supervisor.legs[-1]
    await asyncio.gather(talk.caller.hear_tone(_SUPERVISOR, 15), leg.hear_tone(_CALLER, 15))
    await talk.at_agent.wait_ended(15)
    assert site.agent("2090")["state"] == "talking"
    await site.eventually(lambda: site.agent("2001")["state"] in ("wrap_up", "ready"))
    await talk.caller.hang_up()
    await site.eventually(lambda: site.agent("2090")["state"] != "talking")
    call = await site.call_of("13800004001")
    assert (call.outcome, call.agents) == ("answered", ["2001", "2090"])
    assert [e.data["to"] for e in call.timeline if e.kind == "Transferred"] == ["supervisor:2090"]
    assert await _acts(site, began) == ["taken_over"]


async def test_those_who_talk_hear_a_beep_while_somebody_listens_and_no_longer(
    site: "Site", phones: "Phones", talk: Talk
) -> None:
    legs = (talk.caller, talk.at_agent)
    await phones._log_in(talk.supervisor, "2090")
    await site.hotline("listen", "1001")
    await asyncio.gather(*[leg.hear_tone(_BEEP, 12) for leg in legs])
    await talk.supervisor.legs[-1].hang_up()
    await site.eventually(lambda: _last_act(site) == "listen_ended")
    await asyncio.sleep(1)  # a beep that had begun
    since = time.monotonic()
    await asyncio.sleep(_BEEP_S + 1)
    assert not [leg for leg in legs if leg.heard_tones([_BEEP], since=since)]
    await talk.caller.hang_up()


def _last_act(site: "Site") -> str:
    return str(json.loads((site.state / "audit.jsonl").read_text().splitlines()[-1])["act"])


async def test_orders_that_make_no_sense_are_refused_with_a_reason(site: "Site", phones: "Phones") -> None:
    supervisor = await phones.seat("1002", tone=_SUPERVISOR)
    for words, reason in (
        (("listen", "9999"), "there is no seat"), (("listen", "1001"), "no supervisor is logged in"),
        (("listen", "1001", "--at", "1001"), "another seat"), (("barge", "1001", "--at", "1002"), "nobody is talking"),
    ):  # fmt: skip
        code, out = await site.hotline_fails(*words)
        assert code != 0
        assert reason in out or not out, out
    assert not supervisor.legs


async def test_the_recording_of_a_talk_has_nothing_of_a_whisper(site: "Site", phones: "Phones", talk: Talk) -> None:
    await phones._log_in(talk.supervisor, "2090")
    await site.hotline("whisper", "1001", "--at", "1002")
    await talk.comes_to({_AGENT}, {_CALLER, _SUPERVISOR}, {_CALLER, _AGENT})
    await talk.caller.hang_up()
    call = await site.recorded_call_of("13800004001")
    assert heard_tones(load(site.state / "recordings" / call.recording), _TONES) == {_CALLER, _AGENT}
