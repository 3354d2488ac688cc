"""Who hears whom while a supervisor listens, whispers or has joined in, in every state of a talk and when it changes.

The law: whoever listens hears all that the agent hears and says; who whispers is heard by the agent only; who has
joined in is heard by all who are together with the agent, and by nobody else.
"""

import time

import pytest
from talk_scenes import SUPERVISOR, Scene, Stage
from test_endings_e2e import all_of

from calls.conversation import State
from simulator import Behaviour, Reaction, Softphone, constant
from telephony.sides import Mode

S = State
_TOGETHER = {
    S.TALKING: "caller agent", S.HELD: "agent", S.CONSULTING: "agent third", S.SWAPPED: "caller agent",
    S.MERGED: "caller agent third",
}  # fmt: skip
_FIRST_SUPERVISOR = 31  # seats from here on
_BOSS = "2090"
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

    async def begins(self, mode: Mode, scene: Scene) -> None:
        """By command: the phone rings, and asks who it is."""
        talk = f"1{scene.agent_id[1:]}"
        told = await self.stage.site.told(mode.value, {"seat": talk, "at": self.seat, "by": "test"})
        assert told["ok"], told
        leg = scene.supervisor = self.phone.legs[-1]
        await leg.hear_sound(10)
        await leg.send_digits(f"{_BOSS}#{self.stage.site.pins[_BOSS]}#")


async def nobody_else_heard(scene: Scene, state: State, since: float, mode: Mode) -> None:
    """Whoever was not to hear the supervisor did not, from ``since`` to now, not even for a moment."""
    wanted = expected(mode, state)
    for name, leg in scene.there.items():
        if "supervisor" not in wanted.get(name, set()) and name != "supervisor":
            assert not leg.heard_tones([SUPERVISOR], since=since), f"{name} heard the supervisor, who {mode}s, {state}"


# -- begun in every state ----------------------------------------------------------------------------------------------


async def begun_in(stage: Stage, mode: Mode, state: State, number: int) -> None:
    watch = await Watch.at(stage, number)
    scene = await stage.scene(f"138120000{number:02}", state)
    together = _TOGETHER[state] if state is not S.HELD else ""
    await scene.hearing(together)
    began = time.monotonic()
    await watch.begins(mode, scene)
    await scene.hears(expected(mode, state))
    await nobody_else_heard(scene, state, began, mode)
    assert scene.supervisor is not None
    await scene.supervisor.hang_up()
    await scene.hearing(together)  # all as before, without the supervisor
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


@pytest.mark.parametrize("mode", Mode)
async def test_whatever_becomes_of_the_talk_the_supervisor_goes_where_the_agent_goes(stage: Stage, mode: Mode) -> None:
    await stage.open(1, 1)
    scene = await walked(stage, mode, 0)
    await scene.hang_up()
    await stage.site.without_channels()
