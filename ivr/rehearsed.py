"""A pretended call: who calls when, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from calls import Language
from calls.timeline import DigitsEntered, Event
from ivr.rehearsal_prompts import Heard
from ivr.rehearsal_services import Asked, Pretended


@dataclass(frozen=True, slots=True)
class Visit:
    """Who calls which number and when (seconds since the epoch), and how things stand then."""

    at: float
    caller: str = "13800000000"
    dialled: str = ""  # "": the first number of the flow
    language: Language = Language.ZH
    pretended: Pretended = field(default_factory=Pretended)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What became of a pretended call. ``end`` is ``answered`` (by a person), ``transferred``, ``voicemail``,
    ``callback``, ``self_served``, ``goodbye`` (the flow ended it, and nothing of the others was), ``hung_up`` and
    ``abandoned_queue`` (the caller did), ``too_long`` or ``failed``."""

    end: str
    step: str  # the last one
    reason: str  # the interpreter's own word, or what failed
    heard: Sequence[Heard]
    steps: Sequence[str]
    asked: Sequence[Asked]
    events: Sequence[Event]
    language: Language
    variables: dict[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    took_s: float = 0.0

    @property
    def pressed(self) -> list[tuple[str, str, str]]:
        """Step, keys and verdict of every question."""
        return [(e.step, e.digits, e.verdict) for e in self.events if isinstance(e, DigitsEntered)]
