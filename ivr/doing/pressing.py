"""Doing the steps in which the caller presses keys."""

from collections.abc import Mapping

from ivr.asking import Answer, ask
from ivr.doing.walk import MOST_AGAIN, Walk
from ivr.steps import Collect, Menu


async def menu(walk: Walk, step: Menu) -> str:
    """Go where the key leads."""
    name = walk.step
    if name in walk.menus:  # come round to it again: what is behind it now is what was behind it then
        del walk.menus[walk.menus.index(name) :]
    for _ in range(MOST_AGAIN):
        answer = await _asked(walk, step, step.choices)
        if answer.verdict != "match":
            return answer.exit or walk.person
        if answer.pressed in step.choices:
            walk.menus.append(name)
            return step.choices[answer.pressed]
        if answer.pressed == "0":
            return walk.person
        if answer.pressed == "*" and (back := walk.back()) is not None:
            return back
        # "#", or "*" in the first menu: the same once more
    return walk.person


async def collect(walk: Walk, step: Collect) -> str:
    """Keep what is entered."""
    for _ in range(MOST_AGAIN):
        answer = await _asked(walk, step, None)
        if answer.verdict != "match":
            return answer.exit or walk.person
        if answer.pressed == "*":
            return walk.back() or walk.person
        if answer.pressed == "0":
            return walk.person
        if answer.pressed != "#":
            walk.call.variables[step.into] = answer.pressed
            return step.next
    return walk.person


async def _asked(walk: Walk, step: Menu | Collect, choices: Mapping[str, str] | None) -> Answer:
    secret = isinstance(step, Collect) and step.secret
    answer = await ask(
        walk.line, walk.speaker, step, choices, again=walk.again,
        note=lambda pressed, verdict: walk.note(pressed, verdict, secret=secret),
    )  # fmt: skip
    walk.again = False
    return answer
