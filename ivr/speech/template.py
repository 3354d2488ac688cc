"""Prompt texts with marks: ``您前面还有{ahead|number}位来电者。`` Pure.

``{slot|kind}``         a value that is filled in while speaking (kinds: see ``say.Kind``); ``{slot}`` alone is a text
                        of a known list
``{2026-10-01|date}``   the same with a value that stands there: it begins with a digit, ``+``, ``-`` or ``=`` (which is
                        not said: ``{=T26|digits}``). It becomes part of the text, in words
``{pause}``             silence, half a second; ``{pause|1.5}`` for so many seconds (0.1 to 5)

The literal parts between slots are prompts of their own, named ``<name>.1``, ``<name>.2``, … so that each can be a
recording. Pauses and values that stand there do not split a text.
"""

import re
from dataclasses import dataclass

from calls import Language
from ivr.speech.say import PAUSE, Kind, say

_MARK = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\|([a-z]+))?")
_VALUE = re.compile(r"(=|(?=[0-9+-]))([^|]+)\|([a-z]+)")
_PAUSE = re.compile(r"pause(?:\|([0-9]+(?:\.[0-9]+)?))?")
_PAUSE_MARK = re.compile(r"\{pause\|([0-9.]+)\}")
_USUAL_PAUSE_S, _SHORTEST_S, _LONGEST_S = 0.5, 0.1, 5.0
_EDGE = " \t\r\n，。、；：！？,.;:!?"
_PAUSES = frozenset("，。；：！？,.;:!?")
_RESERVED = frozenset({"self", "name", "text", "language"})  # parameters of PromptPlayer.sounds


@dataclass(frozen=True, slots=True)
class Literal:
    """A fixed part of a text. ``pause_before`` and ``pause_after``: punctuation stood between it and a slot."""

    name: str
    text: str
    pause_before: bool = False
    pause_after: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where a value is said."""

    name: str
    kind: Kind


Part = Literal | Slot


def parse(name: str, text: str, language: Language = Language.ZH) -> list[Part]:
    """Return the parts of a prompt's text in order, values that stand there in words of ``language``.

    Raises ``ValueError`` naming the mark that is wrong. A text without slots is one literal under the prompt's own
    name.
    """
    pieces = _MARK.split(text)
    if any(brace in literal for literal in pieces[::2] for brace in "{}"):
        raise ValueError(f"prompt {name!r}: a brace is not closed or not opened: write marks like {{caller|digits}}")
    runs: list[str | Slot] = [""]
    for index, piece in enumerate(pieces):
        read = _mark(name, piece.strip(), language) if index % 2 else piece
        if isinstance(read, Slot) or isinstance(runs[-1], Slot):
            runs.append(read)
        else:
            runs[-1] += read
    if not any(isinstance(run, Slot) for run in runs):
        whole = str(runs[0]).strip()
        return [Literal(name, whole)] if whole else []
    return _numbered(name, runs)


def slots(text: str) -> dict[str, Kind]:
    """Return the slots that a text needs, with their kinds. Raises ``ValueError``."""
    return {part.name: part.kind for part in parse("text", text) if isinstance(part, Slot)}


def readable(text: str, language: Language) -> str:
    """Return a text as people read it: values that stand there in words, pauses as ``…``, slots as they are.

    Raises ``ValueError``.
    """

    def read(mark: re.Match[str]) -> str:
        found = _mark("text", mark[1].strip(), language)
        return mark[0] if isinstance(found, Slot) else "…" if _PAUSE_MARK.fullmatch(found) else found

    return _MARK.sub(read, text)


def with_pauses(text: str) -> list[str | float]:
    """Return a literal's words and the seconds of silence between them."""
    found: list[str | float] = []
    for index, piece in enumerate(_PAUSE_MARK.split(text)):
        if index % 2:
            found.append(float(piece))
        elif piece.strip():
            found.append(piece.strip())
    return found


def _numbered(name: str, runs: list[str | Slot]) -> list[Part]:
    parts: list[Part] = []
    literals = 0
    for run in runs:
        if isinstance(run, Slot):
            parts.append(run)
            continue
        if not _PAUSE_MARK.sub("", run).strip(_EDGE) and not _PAUSE_MARK.search(run):
            continue
        literals += 1
        before, after = run.strip()[0] in _PAUSES, run.strip()[-1] in _PAUSES
        parts.append(Literal(f"{name}.{literals}", _with_ending(run), before, after))
    return parts


def _mark(prompt: str, mark: str, language: Language) -> str | Slot:
    """Return the slot that a mark is, or what stands in its place."""
    if pause := _PAUSE.fullmatch(mark):
        seconds = float(pause[1] or _USUAL_PAUSE_S)
        if not _SHORTEST_S <= seconds <= _LONGEST_S:
            raise ValueError(
                f"prompt {prompt!r}: a pause lasts {_SHORTEST_S:g} to {_LONGEST_S:g} seconds, not {pause[1]}"
            )
        return f"{{pause|{seconds:g}}}"
    if value := _VALUE.fullmatch(mark):
        return _in_words(prompt, value[2].strip(), _kind(prompt, value[3], mark), language)
    match = _SLOT.fullmatch(mark)
    if match is None:
        raise ValueError(f"prompt {prompt!r}: {{{mark}}} is not of the form {{slot}} or {{slot|kind}}")
    if match[1] in _RESERVED:
        raise ValueError(f"prompt {prompt!r}: a slot cannot be called {match[1]!r}; take another name")
    return Slot(match[1], _kind(prompt, match[2] or Kind.TEXT.value, mark))


def _kind(prompt: str, kind: str, mark: str) -> Kind:
    if kind not in set(Kind):
        raise ValueError(
            f"prompt {prompt!r}: unknown kind {kind!r} in {{{mark}}}: write one of {', '.join(Kind)}, pause"
        )
    return Kind(kind)


def _in_words(prompt: str, value: str, kind: Kind, language: Language) -> str:
    try:
        pieces = say(kind, value, language)
    except ValueError as error:
        raise ValueError(f"prompt {prompt!r}: {{{value}|{kind}}} cannot be said: {error}") from None
    if language is Language.ZH:
        return "".join("，" if piece == PAUSE else piece for piece in pieces)
    return " ".join(pieces).replace(f" {PAUSE}", PAUSE)


def _with_ending(piece: str) -> str:
    """Strip a literal of punctuation at its beginning, but leave that at its end: it gives the voice its fall."""
    return piece.strip().lstrip(_EDGE)
