"""A line without a telephone: a pretended caller hears and presses in pretended time; nothing ever really waits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from calls import Call, CallerHungUp, Language, Line, LineFault, ManualClock, Sound
from calls.identity import Address
from calls.line import (
    Digits,
    DigitsEnd,
    DigitsWanted,
    Recorded,
    RecordEnd,
    RecordLimits,
    RingResult,
    TalkEnd,
    nobody_waits,
)
from calls.passing import CallData
from ivr.rehearsal_prompts import Heard, RehearsalPrompts
from ivr.rehearsed import Rehearsed

_KEY_S = 0.4  # from one key to the next
_MESSAGE_S = 10.0  # how long a pretended caller speaks a message


class RehearsingCaller(Protocol):
    """Who pretends to call. Raise ``CallerHungUp`` in any of these but ``begin`` to hang up."""

    def begin(self, so_far: Callable[[], Rehearsed]) -> None:
        """The call begins; ``so_far`` tells at any time what has come of it."""
        ...

    def hear(self, heard: Heard) -> str:
        """Something is being said; return the key that is pressed while it is said, or ""."""
        ...

    def press(self, wanted: DigitsWanted) -> str:
        """Something was asked; return the keys that are pressed, or "" for silence."""
        ...

    def speak(self, limits: RecordLimits) -> None:
        """A message is being recorded, after the tone."""
        ...


class RehearsalLine:
    """``calls.Line`` as far as flows use it."""

    def __init__(self, call: Call, caller: RehearsingCaller, prompts: RehearsalPrompts, clock: ManualClock) -> None:
        self._call, self._caller, self._prompts, self._clock = call, caller, prompts, clock
        self._ahead = ""  # keys pressed before they were asked for
        self.heard: list[Heard] = []

    @property
    def call(self) -> Call:
        """The pretended call."""
        return self._call

    async def answer(self, *, wait: bool = True) -> None:
        """Answer."""

    async def play(self, sounds: Sequence[Sound], *, interrupt: str = "") -> str:
        """Have the caller hear sounds; return the key of ``interrupt`` that stopped them, or ""."""
        for sound in sounds:
            key = self._hear(sound)
            if key and key in interrupt:
                return key
        return ""

    async def collect(self, sounds: Sequence[Sound], wanted: DigitsWanted) -> Digits:
        """Have the caller hear sounds and take what is pressed; keys pressed ahead are taken without them."""
        if not wanted.barge_in:
            self._ahead = ""
        keys = self._ahead
        for sound in sounds if not keys else ():
            keys = self._hear(sound)
            if keys and wanted.barge_in:
                break
            keys = ""
        if sounds:  # else it is the wait for a further key of the same entry
            keys = keys or self._caller.press(wanted)
        self._ahead = ""
        if not keys:
            self._clock.advance(wanted.first_timeout_s)
            return Digits("", DigitsEnd.TIMEOUT)
        pressed = ""
        for place, key in enumerate(keys):
            self._clock.advance(_KEY_S)
            if key in wanted.terminators:
                self._ahead = keys[place + 1 :]
                return Digits(pressed, DigitsEnd.TERMINATED)
            pressed += key
            if len(pressed) == wanted.max_digits:
                self._ahead = keys[place + 1 :]
                return Digits(pressed, DigitsEnd.COMPLETE)
        self._clock.advance(wanted.between_timeout_s)
        return Digits(pressed, DigitsEnd.TIMEOUT)

    async def next_digit(self) -> str:
        """Return the next key; a caller who presses nothing here would wait for ever, so hangs up."""
        if self._ahead:
            key, self._ahead = self._ahead[0], self._ahead[1:]
            return key
        keys = self._caller.press(DigitsWanted())
        if not keys:
            raise CallerHungUp
        self._ahead = keys[1:]
        return keys[0]

    def forget_digits(self) -> None:
        """Drop what was pressed ahead."""
        self._ahead = ""

    async def music(self, *, on: bool, name: str = "default") -> None:
        """Start or stop music, which nobody hears."""
        del on, name

    async def record(self, path: Path, limits: RecordLimits) -> Recorded:
        """Have the caller speak a message."""
        self._caller.speak(limits)
        spoken = min(_MESSAGE_S + limits.silence_s, limits.max_s)
        self._clock.advance(spoken)
        return Recorded(path, spoken, RecordEnd.SILENCE)

    async def call_data(self) -> CallData:
        """Nobody has passed the caller on."""
        return CallData()

    async def ring(
        self,
        address: Address,
        *,
        ring_s: float,
        caller_name: str = "",
        record_to: Path | None = None,
        data: CallData | None = None,
    ) -> RingResult:
        """Refuse: in a rehearsal nobody is there; the services say how it goes."""
        raise LineFault(f"nobody can be rung in a rehearsal ({address})")

    async def join(self, other: Line, *, record_to: Path | None = None) -> None:
        """Refuse, for the same reason."""
        raise LineFault("nobody else is on the line in a rehearsal")

    async def talk(self, freed: Callable[[], None] = nobody_waits) -> TalkEnd:
        """Refuse, for the same reason."""
        raise LineFault("nobody talks in a rehearsal")

    async def talk_on(self) -> TalkEnd:
        """Refuse, for the same reason."""
        raise LineFault("nobody talks in a rehearsal")

    async def hang_up(self) -> None:
        """End the call."""

    def _hear(self, sound: Sound) -> str:
        heard = self._prompts.heard(sound, self._clock.now())
        if not heard.text:
            return ""  # the announcement of the day, on a day without one
        self.heard.append(heard)
        key = self._caller.hear(heard)
        self._clock.advance(_KEY_S if key else heard.lasts_s)
        return key


@dataclass(slots=True)
class ScriptedCaller:
    """Presses what a list says: one entry for each question, "" is silence; after the last one there is silence.

    An entry that begins with ``!`` is pressed while the next prompt is being said (``!*``); ``hangup`` hangs up.
    """

    entries: list[str]

    def begin(self, so_far: Callable[[], Rehearsed]) -> None:
        """Nothing needs to be known."""

    def hear(self, heard: Heard) -> str:
        """Press a key during the prompt, where the next entry says so."""
        del heard
        if self.entries and self.entries[0].startswith("!"):
            return self.entries.pop(0)[1:2]
        return ""

    def press(self, wanted: DigitsWanted) -> str:
        """Press the next entry."""
        del wanted
        entry = self.entries.pop(0) if self.entries else ""
        if entry == "hangup":
            raise CallerHungUp
        return entry

    def speak(self, limits: RecordLimits) -> None:
        """Speak a message, or hang up where the next entry says so."""
        del limits
        if self.entries and self.entries[0] == "hangup":
            self.entries.pop(0)
            raise CallerHungUp


def entries_of(text: str) -> list[str]:
    """Return the entries of ``2,1,*``: "-", "wait" and nothing at all are silence. Raises ``ValueError``."""
    entries = [entry.strip() for entry in text.split(",")] if text.strip() else []
    found = []
    for entry in entries:
        word = entry.lower().replace(" ", "")
        if word in ("-", "wait", ""):
            found.append("")
        elif word in ("hangup", "hang_up"):
            found.append("hangup")
        elif set(word.removeprefix("!")) <= set("0123456789*#") and word != "!":
            found.append(word)
        else:
            raise ValueError(f"{entry!r} cannot be pressed: use 0 to 9, * and #, '-' for silence, 'hangup' to hang up")
    return found


def language_named(word: str) -> Language:
    """Return a language by its short name. Raises ``ValueError`` with what there is."""
    try:
        return Language(word)
    except ValueError:
        known = ", ".join(language.value for language in Language)
        raise ValueError(f"there is no language {word!r}; there are: {known}") from None
