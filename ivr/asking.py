"""Asking a caller for digits: prompts, early digits, and what follows when nothing or something wrong is pressed."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from calls import Line
from calls.line import Digits, DigitsEnd, DigitsWanted
from ivr.entries import is_right_kind
from ivr.speaker import Speaker
from ivr.steps import Collect, Exit, Menu, Spoken

_FLOW_KEYS = "0*#"  # person, back, again


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller pressed at last. Without a match, ``exit`` is the step to go on with (None: a person)."""

    pressed: str
    verdict: str  # "match", "no_match", "no_input", "invalid"
    exit: str | None = None


class _Verdict(StrEnum):
    """What an entry is; each has a limit and an exit of its own."""

    MATCH = "match"
    NO_INPUT = "no_input"  # nothing was pressed
    NO_MATCH = "no_match"  # no choice, or too short
    INVALID = "invalid"  # long enough, and not what is wanted


async def ask(
    line: Line,
    speaker: Speaker,
    step: Menu | Collect,
    choices: Mapping[str, str] | None,
    *,
    again: bool,
    note: Callable[[str, str], None],
    slots: Mapping[str, object] | None = None,
) -> Answer:
    """Ask until there is a right answer or a limit is reached. Raises ``CallerHungUp``.

    ``note`` is told of every try, with what was pressed and the verdict: wrong ones show where callers go astray.
    ``slots`` fill marks of the prompt beside what the call knows.
    """
    missed: Counter[_Verdict] = Counter()
    prompt = step.short if again and step.short else step.prompt
    lead: str | Spoken | None = None  # what is said before the prompt when it is asked again
    while True:
        digits = await _once(line, speaker, step, lead, prompt, slots or {})
        pressed = digits.pressed
        if isinstance(step, Collect) and not pressed and digits.end is DigitsEnd.TERMINATED:
            pressed = step.terminator  # nothing but this key
        verdict = _verdict(step, choices, pressed)
        note(pressed, verdict.value)
        if verdict is _Verdict.MATCH:
            return Answer(pressed, verdict.value)
        if verdict is not _Verdict.NO_INPUT:
            line.forget_digits()  # what was typed ahead was meant for another menu
        missed[verdict] += 1
        way_out = _exit(step, verdict)
        if missed[verdict] > way_out.limit:
            return Answer(pressed, verdict.value, way_out.then)
        lead = _said(way_out, missed[verdict], "no_input" if verdict is _Verdict.NO_INPUT else "no_match")
        prompt = step.short or step.prompt


async def _once(  # noqa: PLR0917 - a question's parts
    line: Line,
    speaker: Speaker,
    step: Menu | Collect,
    lead: str | Spoken | None,
    prompt: str | Spoken,
    slots: Mapping[str, object],
) -> Digits:
    sounds = []
    if lead is not None:
        sounds += await speaker.sounds(lead)
    sounds += await speaker.sounds(prompt, None, **slots)
    if isinstance(step, Menu):
        for language, name in step.then_in.items():
            if language is not line.call.language:
                sounds += await speaker.sounds(name, language)
        wanted = DigitsWanted(max_digits=1, terminators="", first_timeout_s=step.first_digit_s, barge_in=step.barge_in)
        return await _longest(line, step, await line.collect(sounds, wanted))
    return await line.collect(
        sounds,
        DigitsWanted(
            max_digits=step.most,
            terminators=step.terminator,
            first_timeout_s=step.first_digit_s,
            between_timeout_s=step.between_digits_s,
            barge_in=step.barge_in,
        ),
    )


async def _longest(line: Line, step: Menu, first: Digits) -> Digits:
    """Take further digits while what was pressed may still become a longer choice."""
    pressed = first.pressed
    wanted = DigitsWanted(max_digits=1, terminators="", first_timeout_s=step.between_digits_s)
    while pressed and any(keys.startswith(pressed) and keys != pressed for keys in step.choices):
        more = await line.collect((), wanted)
        if not more.pressed:
            return Digits(pressed, DigitsEnd.TIMEOUT)
        pressed += more.pressed
    return Digits(pressed, first.end)


def _verdict(step: Menu | Collect, choices: Collection[str] | None, pressed: str) -> _Verdict:
    if not pressed:
        return _Verdict.NO_INPUT
    if pressed in tuple(_FLOW_KEYS):
        return _Verdict.MATCH
    if isinstance(step, Menu):
        return _Verdict.MATCH if pressed in (choices or ()) else _Verdict.NO_MATCH
    if len(pressed) < step.least:
        return _Verdict.NO_MATCH
    if step.check is None and not step.patterns:
        return _Verdict.MATCH if pressed.isdigit() else _Verdict.NO_MATCH
    return _Verdict.MATCH if is_right_kind(pressed, step.check, step.patterns) else _Verdict.INVALID


def _exit(step: Menu | Collect, verdict: _Verdict) -> Exit:
    if verdict is _Verdict.INVALID and isinstance(step, Collect):
        return step.when_invalid
    return step.no_input if verdict is _Verdict.NO_INPUT else step.no_match


def _said(exit_: Exit, time: int, fallback: str) -> str | Spoken:
    """Return the prompt for the n-th time (1 is the first); the last one named repeats."""
    return exit_.prompts[min(time, len(exit_.prompts)) - 1] if exit_.prompts else fallback
