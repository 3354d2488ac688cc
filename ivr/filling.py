"""Texts that are filled in from the call: ``{name}`` becomes the value of that name. Pure."""

import math
import re
from collections.abc import Callable, Mapping

_MARK = re.compile(r"\{\s*([A-Za-z][A-Za-z0-9_]{0,59})\s*\}")
MOST = 200
"""Characters that a value may have."""


def filled(text: str, values: Mapping[str, str], quoted: Callable[[str], str] = str) -> str:
    """Return a text with its marks filled; what has no value becomes nothing. ``quoted`` makes values fit the place."""
    return _MARK.sub(lambda mark: quoted(values.get(mark[1], "")), text)


def marks_in(text: str) -> list[str]:
    """Return the names of a text's marks. Raises ``ValueError`` when a brace is left over."""
    if any(brace in _MARK.sub("", text) for brace in "{}"):
        raise ValueError(f"a brace is not part of a mark in {text!r}: write {{name}}")
    return _MARK.findall(text)


def as_value(value: object) -> str | None:
    """Return an answer of another system as the value of a variable, or None when it is none; bounded and clean."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12g}" if math.isfinite(value) else None
    if value is None or isinstance(value, dict | list | tuple | bytes):
        return None
    text = str(value)
    return "".join(character for character in text if character.isprintable())[:MOST]
