"""What a pretended caller hears: the words of prompts instead of their sounds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from calls import Language, Sound
from ivr.speech.say import Kind, say
from ivr.speech.template import readable
from ivr.speech.template import slots as kinds_of

_MARK = re.compile(r"\{\s*([A-Za-z_][A-Za-z0-9_]*)(?:\|[a-z]+)?\s*\}")
_CHARACTERS_PER_S = {Language.ZH: 4.0, Language.EN: 14.0}  # as the synthesised voice speaks
_AS_WRITTEN = (Kind.TEXT, Kind.DIGITS, Kind.NUMBER)  # easier to read as figures


@dataclass(frozen=True, slots=True)
class Heard:
    """A prompt that was said, or begun: its name, words and language, and when (seconds since the epoch)."""

    name: str
    text: str
    language: Language
    at: float = 0.0

    @property
    def lasts_s(self) -> float:
        """About how long it takes to say."""
        return max(0.5, len(self.text) / _CHARACTERS_PER_S[self.language])


class RehearsalPrompts:
    """A ``PromptPlayer`` whose sounds stand for words."""

    def __init__(self) -> None:
        self._said: list[Heard] = []

    async def sounds(self, name: str, text: str, language: Language, **slots: object) -> Sequence[Sound]:
        """Return one sound that stands for the prompt, its marks filled in."""
        self._said.append(Heard(name, filled(text, language, slots), language))
        return [Sound(Path(str(len(self._said) - 1)))]

    def heard(self, sound: Sound, at: float) -> Heard:
        """Return what a sound stands for; one that is none of ours (a recording, say) stands for its name."""
        token = sound.path.name
        if token.isdigit() and int(token) < len(self._said):
            said = self._said[int(token)]
            return Heard(said.name, said.text, said.language, at)
        return Heard(token, f"[{token}]", Language.ZH, at)


def filled(text: str, language: Language, values: dict[str, object]) -> str:
    """Return a prompt's text with its marks filled; what cannot be said is left out, as on the telephone."""
    try:
        kinds = kinds_of(text)
        text = readable(text, language)
    except ValueError:
        return text

    def word(mark: re.Match[str]) -> str:
        kind = kinds.get(mark[1], Kind.TEXT)
        try:
            pieces = say(kind, values[mark[1]], language)
        except (KeyError, ValueError, TypeError):
            return ""
        if kind in _AS_WRITTEN:
            return str(values[mark[1]])
        return ("" if language is Language.ZH else " ").join(pieces)

    return _MARK.sub(word, text)
