"""What a caller (or an agent in a talk) does, step by step: observe, act, assert. Times are in seconds."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from simulator.media.digits import no_digits
from simulator.media.sounds import MAX_TONE
from simulator.random_times import WAYS, parse_duration
from simulator.scenario.written import Strict, as_written, did_you_mean, number_as_text

MOST_S = 24 * 3600.0
LOWEST_TONE = 50


def _drawable(text: str) -> str:
    try:
        parse_duration(text)
    except ValueError:
        cut = text.startswith("normal(") and ")" not in text
        remedy = 'in braces it needs quotes: "normal(180, 60)"' if cut else f"write {WAYS}"
        raise ValueError(f"{text!r} is no duration: {remedy}") from None
    return text


def _drawable_or_recorded(text: str) -> str:
    return text if text == RECORDED else _drawable(text)


def _pressable(text: str) -> str:
    if text == RECORDED:
        return text
    if no_digits(text) or not text:
        raise ValueError(f"{text!r} cannot be pressed: write digits, * and #; a comma waits half a second")
    return text


def _audible(value: str) -> str:
    if value in (SOUND, SILENCE, AGENT) or PurePosixPath(value).suffix.lower() in (".wav", ".flac", ".ogg"):
        return value
    if value.isdigit() and LOWEST_TONE <= int(value) <= MAX_TONE:
        return value
    raise ValueError(
        f"{value!r} cannot be heard: write sound, silence, agent, a tone in hertz ({LOWEST_TONE}-{MAX_TONE}), "
        "or a recording such as greeting.wav"
    )


RECORDED = "recorded"
SOUND, SILENCE, AGENT = "sound", "silence", "agent"
_WRITTEN = WithJsonSchema({"type": ["string", "number"]})
Draw = Annotated[str, BeforeValidator(number_as_text), AfterValidator(_drawable), _WRITTEN]
"""A duration in seconds, drawn anew for each use."""
DrawOrRecorded = Annotated[str, BeforeValidator(number_as_text), AfterValidator(_drawable_or_recorded), _WRITTEN]
"""The same, or ``recorded``: as long as it was on the day that is replayed."""
Digits = Annotated[str, BeforeValidator(as_written), AfterValidator(_pressable), _WRITTEN]
Within = Annotated[float, Field(gt=0, le=MOST_S)]


class Hear(Strict):
    """Wait until something is heard."""

    hear: Annotated[str, BeforeValidator(number_as_text), AfterValidator(_audible), _WRITTEN] = Field(
        description="sound, silence, agent (an agent's tone), a tone in hertz, or a recording's file."
    )
    within: Within = Field(15.0, description="The call has failed when it was not heard so soon.")
    patience: DrawOrRecorded | None = Field(
        None, description="Instead: the caller then hangs up, and has abandoned the call."
    )
    of: tuple[str, ...] = Field((), description="With agent: only these kinds of agents are right.")


class Press(Strict):
    """Press digits (RFC 4733)."""

    press: Digits = Field(
        description="Digits, * and #; a comma waits half a second. recorded: the next key of the call replayed."
    )


class Wait(Strict):
    """Stay on the line (before a first hang_up: also while it rings); the call fails when it is cut off meanwhile."""

    wait: Draw


class Talk(Strict):
    """Talk with whoever is there; the call has failed when it is cut off before, or when it was heard one way only."""

    talk: DrawOrRecorded
    heard_within: Within = Field(2.0, description="Each must hear the other so soon, and again within so long.")
    or_hung_up: bool = Field(False, description="The far end may hang up first.")


class Say(Strict):
    """Say a recording to its end."""

    say: str = Field(description="A sound file, beside the scenario's.")


class Mute(Strict):
    """Send no audio from now on (or again), as somebody does who mutes the telephone. Digits are sent all the same."""

    mute: bool


class Ended(Strict):
    """Wait until the far end hangs up; the call has failed when it does not."""

    ended: Within


class Redial(Strict):
    """Hang up, wait, dial again and begin with the first step."""

    redial: Draw = Field(description="Seconds until the number is dialled again.")
    most: int = Field(1, ge=1, le=10, description="So often; then this step does nothing.")


class HangUp(Strict):
    """Hang up, also while it rings (CANCEL); nothing comes after it."""

    hang_up: Literal[True]


KINDS: dict[str, type[Strict]] = {
    "hear": Hear, "press": Press, "wait": Wait, "talk": Talk, "say": Say, "mute": Mute, "ended": Ended,
    "redial": Redial, "hang_up": HangUp,
}  # fmt: skip
UNKNOWN = "step"


def _kind_of(value: Any) -> str:
    if isinstance(value, Strict):
        return next(name for name, kind in KINDS.items() if isinstance(value, kind))
    found = [name for name in KINDS if isinstance(value, dict) and name in value]
    return found[0] if found else UNKNOWN


def _no_step(value: Any) -> Any:
    near = next(filter(None, (did_you_mean(str(key), KINDS) for key in value)), "") if isinstance(value, dict) else ""
    raise ValueError(f"this is no step: each has one of {', '.join(KINDS)}{near and f'; {near}'}")


_Unknown = Annotated[HangUp, BeforeValidator(_no_step), Tag(UNKNOWN)]
Step = Annotated[
    Annotated[Hear, Tag("hear")]
    | Annotated[Press, Tag("press")]
    | Annotated[Wait, Tag("wait")]
    | Annotated[Talk, Tag("talk")]
    | Annotated[Say, Tag("say")]
    | Annotated[Mute, Tag("mute")]
    | Annotated[Ended, Tag("ended")]
    | Annotated[Redial, Tag("redial")]
    | Annotated[HangUp, Tag("hang_up")]
    | _Unknown,
    Discriminator(_kind_of),
]
"""One step; its first key says which."""
