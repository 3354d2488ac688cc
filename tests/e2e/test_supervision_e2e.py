"""Who hears whom while a supervisor listens, whispers or has joined in, in every state of a talk and when it changes.

The law: whoever listens hears all that the agent hears and says; who whispers is heard by the agent only; who has
joined in is heard by all who are together with the agent, and by nobody else.
"""

import asyncio
import time

import pytest
from talk_endings import all_of
from talk_scenes import AGENT, CALLER, SUPERVISOR, THIRD, Scene, Stage
from test_recording_e2e import beside, channels_of
from test_restart_e2e import kill_service

from calls.conversation import State
from simulator import Behaviour, Reaction, Softphone, constant
from simulator.media.spectrum import heard_tones
from telephony.sides import Mode

S = State
_TOGETHER = {
    S.TALKING: "caller agent", S.HELD: "agent", S.CONSULTING: "agent third", S.SWAPPED: "caller agent",
    S.MERGED: "caller agent third",
}  # fmt: skip
_FIRST_SUPERVISOR = 31  # seats from here on
_BOSS = "2090"
_BEEP = 1000  # every 4 s, as conftest.py sets it
_TONES = {"caller": CALLER, "agent": AGENT, "third": THIRD}
_MOVE_S = 0.4  # what was on the way when a move was done
CELLS = [(mode, state) for mode in Mode for state in _TOGETHER]


def expected(mode: Mode, state: State) -> dict[str, set[str]]:
    """Who hears whom, by the law."""
    together = set(_TOGETHER[state].split())
    wanted = {name: together - {name} for name in together} | {"supervisor": set(together)}
    for name in {Mode.LISTEN: set[str](), Mode.WHISPER: {"agent"}, Mode.BARGE: together}[mode]:
        wanted[name] |= {"supervisor"}
    return wanted


class Watch:
    """A supervisor's phone, and a way into a talk."""

    def __init__(self, stage: Stage, phone: Softphone, seat: str) -> None:
        self.stage, self.phone, self.seat = stage, phone, seat

    @classmethod
    async def at(cls, stage: Stage, number: int) -> "Watch":
        seat = str(1000 + _FIRST_SUPERVISOR + number)
        answers = Behaviour(Reaction.ANSWER, constant(0.1))
        return cls(stage, await stage.phones.seat(seat, tone=SUPERVISOR, behaviour=answers), seat)

    async def begins(self, what: str, scene: Scene) -> None:
        """By command: the phone rings, and asks who it is."""
        talk = f"1{scene.agent_id[1:]}"

        async def told() -> bool:
            """Asterisk tells the service of a phone after it has told the phone: only then it can be rung."""
            answer = await self.stage.site.told(what, {"seat": talk, "at": self.seat, "by": "test"})
            assert answer["ok"] or "not registered" in answer["message"], answer
            return bool(answer["ok"])

        await self.stage.site.eventually(told)
        leg = scene.supervisor = self.phone.legs[-1]
        await leg.hear_sound(10)
        await leg.send_digits(f"{_BOSS}#{self.stage.site.pins[_BOSS]}#")


async def nobody_else_heard(scene: Scene, state: State, since: float, mode: Mode) -> None:
    """Whoever was not to hear the supervisor did not, from ``since`` to now, not even for a moment."""
    wanted = expected(mode, state)
    for name, leg in scene.there.items():
        if "supervisor" not in wanted.get(name, set()) and name != "supervisor":
            assert not leg.heard_tones([SUPERVISOR], since=since), f"{name} heard the supervisor, who {mode}s, {state}"


async def each_hears_a_beep(scene: Scene, names: list[str]) -> None:
    """Nobody speaks meanwhile: among three voices a short beep cannot be told for sure."""
    for name in names:
        scene.there[name].say_tone(0)
    await asyncio.gather(*(scene.there[name].hear_tone(_BEEP, 15) for name in names))
    for name in names:
        scene.there[name].say_tone(_TONES[name])


# -- begun in every state ----------------------------------------------------------------------------------------------


async def begun_in(stage: Stage, mode: Mode, state: State, number: int) -> None:
    watch = await Watch.at(stage, number)
    scene = await stage.scene(f"138120000{number:02}", state)
    together = _TOGETHER[state] if state is not S.HELD else ""
    await scene.hear_each_other(together)
    began = time.monotonic()
    await watch.begins(mode, scene)
    await scene.hears(expected(mode, state))
    await nobody_else_heard(scene, state, began, mode)
    assert scene.supervisor is not None
    if (mode, state) == (Mode.LISTEN, S.MERGED):
        await each_hears_a_beep(scene, _TOGETHER[state].split())
    await scene.supervisor.hang_up()
    await scene.hear_each_other(together)  # all as before, without the supervisor
    await scene.hang_up()


async def test_in_every_state_a_supervisor_is_heard_by_whom_the_mode_says_and_by_nobody_else(stage: Stage) -> None:
    await stage.open(1, len(CELLS))
    await all_of({
        f"{mode} while {state}": begun_in(stage, mode, state, number) for number, (mode, state) in enumerate(CELLS)
    })  # fmt: skip
    await stage.site.without_channels()


# -- begun while they talk, and then the state changes ----------------------------------------------------------------

_WALK = (
    ("hold", "", S.HELD), ("resume", "", S.TALKING), ("consult", "department:water", S.CONSULTING),
    ("swap", "", S.SWAPPED), ("swap", "", S.CONSULTING), ("merge", "", S.MERGED), ("drop", "", S.TALKING),
    ("consult", "department:water", S.CONSULTING), ("swap", "", S.SWAPPED), ("merge", "", S.MERGED),
    ("drop", "", S.TALKING), ("invite", "department:water", S.MERGED), ("drop", "", S.TALKING),
)  # fmt: skip


async def walked(stage: Stage, mode: Mode, number: int) -> Scene:
    watch = await Watch.at(stage, number)
    scene = await stage.scene(f"138130000{number:02}", S.TALKING)
    await watch.begins(mode, scene)
    await scene.hears(expected(mode, S.TALKING))
    for act, to, state in _WALK:
        await scene.order(act, to)
        if to:
            scene.third = await stage.third_of(scene.number)
            scene.third.answer()
        done = time.monotonic() + _MOVE_S
        try:
            await scene.hears(expected(mode, state))
        except AssertionError as error:
            raise AssertionError(f"after {act} {to}: {error}") from None
        if not to:  # before the third answers, they hear the supervisor who has joined in, or not, by another row
            await nobody_else_heard(scene, state, done, mode)
    return scene


@pytest.mark.parametrize(
    "mode", [mode if mode is Mode.BARGE else pytest.param(mode, marks=pytest.mark.soak) for mode in Mode]
)
async def test_whatever_becomes_of_the_talk_the_supervisor_goes_where_the_agent_goes(stage: Stage, mode: Mode) -> None:
    await stage.open(1, 1)
    scene = await walked(stage, mode, 0)
    await scene.hang_up()
    await stage.site.without_channels()


# -- the agent's own phone holds --------------------------------------------------------------------------------------


async def test_when_the_agents_own_phone_holds_a_consultation_third_and_supervisor_talk_on(stage: Stage) -> None:
    """Who has joined in is in a conference with them, in which nobody's music is heard."""
    await stage.open(1, 1)
    scene = await stage.scene("13817000001", S.CONSULTING)
    await (await Watch.at(stage, 0)).begins(Mode.BARGE, scene)
    await scene.hearing("agent third supervisor", "caller")
    assert scene.agent is not None
    await scene.agent.hold()
    await scene.state("on_hold")
    scene.away.add("agent")  # a phone that holds lets nobody hear what it is sent
    await scene.hearing("third supervisor", "caller")
    scene.away.discard("agent")
    await scene.agent.resume()
    await scene.hearing("agent third supervisor", "caller")
    await scene.hang_up()
    await stage.site.without_channels()


@pytest.mark.parametrize("mode", [Mode.LISTEN, Mode.WHISPER])
async def test_when_the_agents_own_phone_holds_one_who_listens_or_whispers_is_heard_by_no_other(
    stage: Stage, mode: Mode
) -> None:
    await stage.open(1, 1)
    scene = await stage.scene(f"1381700001{int(mode is Mode.WHISPER)}", S.CONSULTING)
    await (await Watch.at(stage, 0)).begins(mode, scene)
    await scene.hears(expected(mode, S.CONSULTING))
    assert scene.agent is not None
    assert scene.third is not None
    await scene.agent.hold()
    await scene.state("on_hold")
    held = time.monotonic()
    await scene.third.hear_sound(10)  # music
    await asyncio.sleep(1)  # in which neither may hear the supervisor
    for leg in (scene.caller, scene.third):
        assert not leg.heard_tones([SUPERVISOR], since=held + _MOVE_S)
    await scene.agent.resume()
    await scene.hears(expected(mode, S.CONSULTING))
    await scene.hang_up()
    await stage.site.without_channels()


# -- what is kept, and how it ends ------------------------------------------------------------------------------------


async def test_a_supervisor_who_joins_in_is_a_party_in_the_books_and_is_heard_in_the_recording(stage: Stage) -> None:
    site = stage.site
    await stage.open(1, 3)
    scenes = [await stage.scene(f"1381400000{number}", S.TALKING) for number in range(3)]
    watches = [await Watch.at(stage, number) for number in range(3)]
    for mode, scene, watch in zip((Mode.BARGE, Mode.WHISPER, Mode.BARGE), scenes, watches, strict=True):
        await watch.begins(mode, scene)
        await scene.hears(expected(mode, S.TALKING))
    joined, whispered, consulting = scenes
    await consulting.order("consult", "department:water")
    consulting.third = await stage.third_of(consulting.number)
    consulting.third.answer()
    await consulting.hears(expected(Mode.BARGE, S.CONSULTING))
    await asyncio.gather(*(scene.caller.hang_up() for scene in scenes))
    calls = {scene: await site.recorded_call_of(scene.number, 30) for scene in scenes}

    agents = {scene: f"agent:{scene.agent_id}" for scene in scenes}
    together = {  # all hang up at once: whoever's end is told last was with nobody for longer than that takes
        scene: [set(s.parties) for s in call.segments if (s.ended or 0.0) - s.began > _MOVE_S]
        for scene, call in calls.items()
    }
    boss = f"supervisor:{_BOSS}"
    two, three = {"caller", agents[joined]}, {"caller", agents[joined], boss}
    assert together[joined] == [two, three]
    assert together[whispered] == [{"caller", agents[whispered]}]
    assert {agents[consulting], "department:water", boss} in together[consulting]
    told = [(e.kind, e.data["party"]) for e in calls[joined].timeline if e.data.get("party") == boss]
    assert told == [("PartyJoined", boss), ("PartyLeft", boss)]
    shown = await site.hotline("calls", calls[joined].id)
    assert boss in [leg["party"] for leg in shown["legs"]]

    tones = (CALLER, AGENT, SUPERVISOR)
    heard = {scene: [heard_tones(one, tones) for one in channels_of(site, calls[scene])] for scene in scenes}
    assert heard[joined] == [{CALLER}, {AGENT, SUPERVISOR}]
    assert heard[whispered] == [{CALLER}, {AGENT}]
    parts = [part for part in beside(site, calls[joined])["parts"] if part["to_s"] - part["from_s"] > _MOVE_S]
    assert [boss in part["parties"] for part in parts] == [False, True], parts


async def test_a_supervisor_ends_a_talk_by_command_and_whoever_was_brought_in_is_out_too(stage: Stage) -> None:
    await stage.open(1, 3)
    merged, held, other = [
        await stage.scene(f"1381500000{number}", state) for number, state in enumerate((S.MERGED, S.HELD, S.TALKING))
    ]
    began = time.time()
    for number, scene in enumerate((merged, held)):
        watch = await Watch.at(stage, number)
        await watch.begins("end", scene)
        legs = scene.there.values()
        await asyncio.gather(*(leg.wait_ended(30) for leg in legs))
        call = await stage.site.recorded_call_of(scene.number, 30)
        assert [e.data["by"] for e in call.timeline if e.kind == "TalkEnded"] == ["agent"]
    acts = [(e["act"], e["agent"], e["person"]) for e in await stage.site.hotline("audit") if e["at"] >= began]
    assert acts == [("talk_ended", merged.agent_id, _BOSS), ("talk_ended", held.agent_id, _BOSS)]
    await other.hearing("caller agent")


async def test_nobody_ends_a_talk_who_is_no_supervisor(stage: Stage) -> None:
    await stage.open(1, 2)
    scene = await stage.scene("13815000009", S.TALKING)
    watch = await Watch.at(stage, 0)
    told = await stage.site.told("end", {"seat": f"1{scene.agent_id[1:]}", "at": watch.seat, "by": "test"})
    assert told["ok"], told
    leg = watch.phone.legs[-1]
    await leg.hear_sound(10)
    await leg.send_digits(f"2003#{stage.site.pins['2003']}#")
    await stage.site.eventually(lambda: "listening_refused" in (stage.site.state / "audit.jsonl").read_text())
    await leg.hang_up()
    await scene.hear_each_other("caller agent")


async def test_when_the_service_dies_supervisors_are_out_and_the_talk_goes_on_without_them(stage: Stage) -> None:
    site, states = stage.site, (S.TALKING, S.CONSULTING, S.MERGED)
    await stage.open(1, len(states))
    scenes = [await stage.scene(f"1381600000{number}", state) for number, state in enumerate(states)]
    for number, (scene, state) in enumerate(zip(scenes, states, strict=True)):
        await (await Watch.at(stage, number)).begins(Mode.BARGE, scene)
        await scene.hears(expected(Mode.BARGE, state))
    await kill_service(site)
    await site.eventually(lambda: site.api("status"), 30)
    for scene, state in zip(scenes, states, strict=True):
        assert scene.supervisor is not None
        await scene.supervisor.wait_ended(30)
        await site.happened(scene.number, "CallResumed", 60)
        await scene.hear_each_other(_TOGETHER[state])
    await scenes[0].order("hold")
    await scenes[0].hearing("", "caller")
    for scene in scenes:
        await scene.hang_up()
        call = await site.recorded_call_of(scene.number, 30)
        parties = [e.kind for e in call.timeline if e.data.get("party") == f"supervisor:{_BOSS}"]
        assert parties == ["PartyJoined", "PartyLeft"]
        assert not [segment for segment in call.segments if segment.ended is None]
        assert f"supervisor:{_BOSS}" not in call.segments[-1].parties
    await site.without_channels()
