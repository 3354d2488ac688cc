"""Prompt texts with marks: ``您前面还有{ahead|number}位来电者。`` Pure.

A mark is ``{slot|kind}`` (kinds: see ``say.Kind``); ``{slot}`` alone is a text of a known list. The literal parts
between marks are prompts of their own, named ``<name>.1``, ``<name>.2``, … so that each can be a recording.
"""

import re
from dataclasses import dataclass

from ivr.speech.say import Kind

_MARK = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\|([a-z]+))?")
_EDGE = " \t\r\n，。、；：！？,.;:!?"
_PAUSES = frozenset("，。；：！？,.;:!?")
_RESERVED = frozenset({"self", "name", "text", "language"})  # parameters of PromptPlayer.sounds


@dataclass(frozen=True, slots=True)
class Literal:
    """A fixed part of a text. ``pause_before`` and ``pause_after``: punctuation stood between it and a mark."""

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


def parse(name: str, text: str) -> list[Part]:
    """Return the parts of a prompt's text in order. Raises ``ValueError`` naming the mark that is wrong.

    A text without marks is one literal under the prompt's own name.
    """
    pieces = _MARK.split(text)
    if any(brace in literal for literal in pieces[::2] for brace in "{}"):
        raise ValueError(f"prompt {name!r}: a brace is not closed or not opened in {text!r}")
    if len(pieces) == 1:
        return [Literal(name, text.strip())] if text.strip() else []
    parts: list[Part] = []
    literals = 0
    for index, piece in enumerate(pieces):
        if index % 2:
            parts.append(_slot(name, piece))
            continue
        words = piece.strip(_EDGE)
        if not words:
            continue
        literals += 1
        before, after = piece.strip()[0] in _PAUSES, piece.strip()[-1] in _PAUSES
        parts.append(Literal(f"{name}.{literals}", _with_ending(piece), before, after))
    return parts


def slots(text: str) -> dict[str, Kind]:
    """Return the slots that a text needs, with their kinds. Raises ``ValueError``."""
    return {part.name: part.kind for part in parse("text", text) if isinstance(part, Slot)}


def _slot(prompt: str, mark: str) -> Slot:
    match = _SLOT.fullmatch(mark.strip())
    if match is None:
        raise ValueError(f"prompt {prompt!r}: {{{mark}}} is not of the form {{slot}} or {{slot|kind}}")
    if match[1] in _RESERVED:
        raise ValueError(f"prompt {prompt!r}: a slot cannot be called {match[1]!r}; take another name")
    kind = match[2] or Kind.TEXT.value
    if kind not in set(Kind):
        raise ValueError(f"prompt {prompt!r}: unknown kind {kind!r} in {{{mark}}}; kinds: {', '.join(Kind)}")
    return Slot(match[1], Kind(kind))


def _with_ending(piece: str) -> str:
    """Strip a literal of punctuation at its beginning, but leave that at its end: it gives the voice its fall."""
    return piece.strip().lstrip(_EDGE)
