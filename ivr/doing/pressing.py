"""Doing the steps in which the caller presses keys."""

from collections.abc import Mapping

from ivr.asking import Answer, ask
from ivr.doing.walk import MOST_AGAIN, Walk
from ivr.entries import kept_as
from ivr.steps import Collect, Menu

_AGAIN, _RIGHT = "again", "right"


async def menu(walk: Walk, step: Menu) -> str:
    """Go where the keys lead."""
    walk.come_round()
    for _ in range(MOST_AGAIN):
        answer = await _asked(walk, step)
        if answer.verdict != "match":
            return answer.exit or walk.person
        chosen = step.choices.get(answer.pressed)
        if chosen is not None and chosen in walk.flow.steps:
            walk.go_below()
            return chosen
        following = _by_word(walk, chosen or _KEY_WORDS[answer.pressed])
        if following is not None:
            return following
        # again, or back in the first menu: the same once more
    return walk.person


async def collect(walk: Walk, step: Collect) -> str:
    """Keep what is entered."""
    if not step.secret:
        return await _collected(walk, step)
    async with walk.services.unrecorded(walk.line):
        return await _collected(walk, step)


async def _collected(walk: Walk, step: Collect) -> str:
    for _ in range(MOST_AGAIN):
        answer = await _asked(walk, step)
        if answer.verdict != "match":
            return answer.exit or walk.person
        if answer.pressed in _KEY_WORDS:
            following = _by_word(walk, _KEY_WORDS[answer.pressed])
            if following is not None or answer.pressed == "*":
                return following or walk.person
            continue
        value = kept_as(answer.pressed, step.check)
        if step.confirm is not False:
            following = await _read_back(walk, step, value)
            if following == _AGAIN:
                continue
            if following != _RIGHT:
                return following
        walk.call.variables[step.into] = value
        (walk.call.secrets.add if step.secret else walk.call.secrets.discard)(step.into)
        return step.next
    return walk.person


_KEY_WORDS = {"0": "person", "*": "back", "#": "again"}


def _by_word(walk: Walk, word: str) -> str | None:
    """Return the step that a word of the language means; None: the present one again."""
    if word == "person":
        return walk.person
    if word == "top":
        return walk.top()
    return walk.back() if word == "back" else None


async def _asked(walk: Walk, step: Menu | Collect) -> Answer:
    choices = step.choices if isinstance(step, Menu) else None

    def note(pressed: str, verdict: str) -> None:
        kept = isinstance(step, Collect) and verdict == "match" and pressed not in _KEY_WORDS and not step.secret
        secret = isinstance(step, Collect) and step.secret
        walk.note(pressed, verdict, secret=secret, into=step.into if isinstance(step, Collect) and kept else "")

    answer = await ask(walk.line, walk.speaker, step, choices, again=walk.again, note=note)
    walk.again = False
    return answer


async def _read_back(walk: Walk, step: Collect, value: str) -> str:
    """Read an entry back; return whether it is right, to be entered again, or where the caller would rather go."""
    question = Menu(
        do="menu",
        prompt="confirm_digits" if step.confirm is True else step.confirm,
        choices={"1": _RIGHT, "2": _AGAIN},
        first_digit_s=step.first_digit_s,
        no_input=step.no_input,
        no_match=step.no_match,
    )  # fmt: skip
    slots: Mapping[str, object] = {"digits": value, step.into: value}
    for _ in range(MOST_AGAIN):
        answer = await ask(
            walk.line, walk.speaker, question, question.choices, again=False, note=walk.note, slots=slots
        )
        if answer.verdict != "match":
            return answer.exit or walk.person
        if answer.pressed in question.choices:
            return question.choices[answer.pressed]
        if answer.pressed == "0":
            return walk.person
        if answer.pressed == "*":
            return _AGAIN
    return walk.person
