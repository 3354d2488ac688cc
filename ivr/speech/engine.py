"""What a speech engine is: text and language in, a sound file out. Another engine is put in by obeying this."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from calls import Language


class SpeechFailed(Exception):
    """A text could not be spoken. The message names the text and what the engine said about it."""

    def __init__(self, text: str, reason: str) -> None:
        shown = text if len(text) <= 80 else f"{text[:77]}..."
        super().__init__(f"cannot speak {shown!r}: {reason}")
        self.text = text
        self.reason = reason


class SpeechEngine(Protocol):
    """Turns a text into a sound file. Trimming, level and sample rates are made right afterwards by the store."""

    def identity(self, language: Language) -> str:
        """Return what decides the sound beside the text (engine, version, voice, rate): part of the cache key."""
        ...

    async def speak(self, text: str, language: Language, out: Path) -> None:
        """Speak ``text`` into ``out``, a file that soundfile reads (any rate).

        ``out`` appears only when complete. Raises ``SpeechFailed``; takes no longer than the engine's own time limit.
        """
        ...


@runtime_checkable
class BatchSpeechEngine(Protocol):
    """A speech engine that is much cheaper when given several texts at once."""

    def identity(self, language: Language) -> str:
        """See ``SpeechEngine.identity``."""
        ...

    async def speak(self, text: str, language: Language, out: Path) -> None:
        """See ``SpeechEngine.speak``."""
        ...

    async def speak_many(self, texts: Sequence[tuple[str, Path]], language: Language) -> None:
        """Speak each text into its file. Raises ``SpeechFailed`` at the first failure; files that are there by then
        are complete and may be used, the others have to be spoken again."""
        ...
