"""What a caller presents of themselves, made fit to be kept and shown."""

import re

_QUOTED = re.compile(r"\\(.)")  # a quoted pair of SIP: Asterisk leaves the backslash in the name
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")
_NOT_A_NUMBER = re.compile(r"[^0-9+*#]+")
_NAME_LIMIT = 80  # characters of a display name that are kept; SIP sets no limit
_NUMBER_LIMIT = 32


def clean_number(raw: str) -> str:
    """Return the digits of a presented number ("" when withheld or rubbish); nothing else ever leaves this room."""
    number = _NOT_A_NUMBER.sub("", raw)[:_NUMBER_LIMIT]
    return number if any(c.isdigit() for c in number) else ""


def clean_name(raw: str) -> str:
    """Return a presented display name without SIP's quoting and control characters, cut to 80 characters."""
    name = _UNPRINTABLE.sub(" ", _QUOTED.sub(r"\1", raw)).strip()
    return "" if name == "unknown" else name[:_NAME_LIMIT]
