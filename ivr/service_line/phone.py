"""The telephone that the service line serves, and what can be put on its menu."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from calls import Clock, Line, Sound
from calls.line import DigitsWanted, Recorded, RecordLimits
from ivr.services import PromptPlayer

Phrases = Mapping[str, Mapping[str, str]]
"""Name of a phrase -> language -> text; texts may have marks (``ivr.speech``)."""

_FIRST_S, _BETWEEN_S = 8.0, 4.0


class ServicePhone:
    """One telephone, after the PIN. Every method raises ``CallerHungUp`` when it is hung up."""

    def __init__(self, line: Line, prompts: PromptPlayer, phrases: Phrases, clock: Clock, who: str) -> None:
        self.line = line
        self.clock = clock
        self.who = who  # for the log and the journal: where the call comes from
        self._prompts = prompts
        self._phrases = phrases

    async def say(self, phrase: str, **marks: object) -> None:
        """Say a phrase; it cannot be cut short."""
        await self.line.play(await self._sounds(phrase, marks))

    async def play(self, sound: Sound) -> None:
        """Play a sound; any key ends it."""
        await self.line.play([sound], interrupt="0123456789*#")

    async def ask(self, *phrases: str, digits: int = 1) -> str:
        """Say phrases and return the digits pressed, without the ``#`` that ends them; "" when there are none."""
        sounds = [sound for phrase in phrases for sound in await self._sounds(phrase, {})]
        wanted = DigitsWanted(
            max_digits=digits, terminators="#", first_timeout_s=_FIRST_S, between_timeout_s=_BETWEEN_S
        )
        return (await self.line.collect(sounds, wanted)).pressed

    async def record(self, path: Path, longest_s: float) -> Recorded:
        """Record what is said after a tone into ``path`` (.wav), until ``#`` or five seconds of silence."""
        return await self.line.record(path, RecordLimits(max_s=longest_s, silence_s=5.0))

    async def _sounds(self, phrase: str, marks: Mapping[str, object]) -> list[Sound]:
        language = self.line.call.language
        return list(await self._prompts.sounds(phrase, self._phrases[phrase][language.value], language, **marks))


class ServiceItem(Protocol):
    """Something that can be done on the service line: an entry of its menu."""

    @property
    def offer(self) -> str:
        """The phrase that says what it is and which key to press; one of ``phrases``."""
        ...

    @property
    def phrases(self) -> Phrases:
        """All it says, so that it can be rendered ahead. Names begin with ``service.``."""
        ...

    async def serve(self, phone: ServicePhone) -> None:
        """Do it, with whoever is at the telephone; returns to the menu."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """An item and its key."""

    key: str
    item: ServiceItem
