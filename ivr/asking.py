"""Asking a caller for digits: prompts, early digits, and what follows when nothing or something wrong is pressed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from calls import Line
from calls.line import Digits, DigitsEnd, DigitsWanted
from ivr.speaker import Speaker
from ivr.steps import Collect, Exit, Menu

_FLOW_KEYS = "0*#"  # person, back, again


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller pressed at last. Without a match, ``exit`` is the step to go on with (None: a person)."""

    pressed: str
    verdict: str  # "match", "no_match", "no_input"
    exit: str | None = None


async def ask(
    line: Line, speaker: Speaker, step: Menu | Collect, choices: Mapping[str, str] | None, *, again: bool,
    note: Callable[[str, str], None],
) -> Answer:  # fmt: skip
    """Ask until there is a right answer or a limit is reached. Raises ``CallerHungUp``.

    ``note`` is told of every try, with what was pressed and the verdict: wrong ones show where callers go astray.
    """
    silent = wrong = 0
    prompt = step.short if again and step.short else step.prompt
    lead: str | None = None  # what is said before the prompt when it is asked again
    while True:
        digits = await _once(line, speaker, step, lead, prompt)
        pressed = digits.pressed
        if isinstance(step, Collect) and not pressed and digits.end is DigitsEnd.TERMINATED:
            pressed = step.terminator  # nothing but this key
        if not pressed:
            note("", "no_input")
            silent += 1
            if silent > step.no_input.limit:
                return Answer("", "no_input", step.no_input.then)
            lead = _said(step.no_input, silent, "no_input")
        elif _right(step, choices, pressed):
            note(pressed, "match")
            return Answer(pressed, "match")
        else:
            note(pressed, "no_match")
            wrong += 1
            line.forget_digits()  # what was typed ahead was meant for another menu
            if wrong > step.no_match.limit:
                return Answer(pressed, "no_match", step.no_match.then)
            lead = _said(step.no_match, wrong, "no_match")
        prompt = step.short or step.prompt


async def _once(line: Line, speaker: Speaker, step: Menu | Collect, lead: str | None, prompt: str) -> Digits:
    sounds = []
    if lead is not None:
        sounds += await speaker.sounds(lead)
    sounds += await speaker.sounds(prompt)
    if isinstance(step, Menu):
        for language, name in step.then_in.items():
            if language is not line.call.language:
                sounds += await speaker.sounds(name, language)
        wanted = DigitsWanted(max_digits=1, terminators="", first_timeout_s=step.first_digit_s, barge_in=step.barge_in)
        return await line.collect(sounds, wanted)
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


def _right(step: Menu | Collect, choices: Collection[str] | None, pressed: str) -> bool:
    if choices is not None:
        return pressed in choices or pressed in tuple(_FLOW_KEYS)
    if pressed in tuple(_FLOW_KEYS):
        return True
    return pressed.isdigit() and isinstance(step, Collect) and len(pressed) >= step.least


def _said(exit_: Exit, time: int, fallback: str) -> str:
    """Return the prompt for the n-th time (1 is the first); the last one named repeats."""
    return exit_.prompts[min(time, len(exit_.prompts)) - 1] if exit_.prompts else fallback
