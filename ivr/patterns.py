"""Patterns for numbers: ``138*``, ``26????????``. Pure."""


def fits(text: str, pattern: str) -> bool:
    """Return whether a text fits a pattern: ``?`` is any one character, ``*`` at the end whatever follows."""
    fixed = pattern.removesuffix("*")
    if len(text) < len(fixed) or (len(text) > len(fixed) and fixed == pattern):
        return False
    return all(wanted in ("?", got) for wanted, got in zip(fixed, text, strict=False))
