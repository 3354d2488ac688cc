"""Telephone numbers do not belong into logs: every run of seven digits or more is masked, wherever it stands.

What only looks like a number is kept: call ids and unique ids (epoch seconds, a point, a counter), channel names,
moments, and, under the keys that hold them, ticket numbers, checksums, sizes and durations.
"""

import re
from collections.abc import Mapping
from typing import Any

from calls import mask_number

_EPOCH = r"(?:1[5-9]|2[0-4])\d{8}"  # 2017 to 2046, in seconds
_KEPT_IN_TEXT = (
    rf"(?<!\d){_EPOCH}\.\d{{1,9}}(?!\d|\.\d)(?:-\d{{9}}(?=\.wav))?"  # 1763907000.17: a unique id, a call id without
    # its node, a moment; with the time of day that a recording's name has
    r"|PJSIP/(?!\d{7})[\w.]{1,40}-[0-9a-f]{8}(?!\w)"  # a channel of ours; its end is a counter in hexadecimal
)
_NUMBER = r"\d{3,4}-\d{4}-\d{4}(?!\d)|(?<!\d)\d{3} \d{4} \d{4}(?!\d)|\d{7,}"
_SEARCH = re.compile(rf"(?P<kept>{_KEPT_IN_TEXT})|(?P<number>{_NUMBER})")
_FEWEST = 7  # digits of a number
_MAYBE = re.compile(r"\d{7}|\d{3} \d{4} \d{4}|\d{3}-\d{4}-\d{4}")

_TICKET = re.compile(r"[2-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4,5}")
_KEPT_BY_KEY = {
    "ticket": _TICKET,
    "offer": re.compile(rf"{_EPOCH}-\d{{1,9}}"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
}
_FIGURES = re.compile(r"(?:^|_)(?:s|ms|us|bytes|size|kb|mb|at|since|until|pid|port|seq|count|lineno)$")


def mask_text(text: str) -> str:
    """Return ``text`` with every telephone number masked, as ``138****5678``; halves of characters are escaped."""
    if not text.isascii():
        text = text.encode(errors="backslashreplace").decode()
    if len(text) < _FEWEST or not _MAYBE.search(text):
        return text
    return _SEARCH.sub(lambda found: found["kept"] or mask_number(found["number"]), text)


def mask_value(value: Any, key: str = "") -> Any:
    """Return a copy of a log value, of plain JSON types, without telephone numbers. ``key`` is what it is logged under.

    Objects of other types become their ``str``.
    """
    if type(value) is str:  # most are
        return _masked(value, key)
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -1_000_000 < value < 1_000_000 or _FIGURES.search(key) else mask_text(str(value))
    if isinstance(value, Mapping):
        return {mask_text(str(name)): mask_value(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_value(inner, key) for inner in value]
    return _masked(_text_of(value), key)


def _masked(text: str, key: str) -> str:
    kept = _KEPT_BY_KEY.get(key)
    return text if kept is not None and kept.fullmatch(text) else mask_text(text)


def _text_of(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    try:
        return str(value)
    except Exception as error:  # a broken __str__ must not cost the line
        return f"<{type(value).__name__} without text: {type(error).__name__}>"
