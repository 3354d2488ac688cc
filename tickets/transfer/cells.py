"""What stands in a cell. A spreadsheet takes a text that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and
would run what a caller said; so such a text gets an apostrophe in front, which is taken off when it comes back.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
# XLSX is XML: what that cannot hold is written as _xHHHH_, as Excel itself does. The pattern itself is escaped, too.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

LONGEST = 32_767  # characters that a cell of XLSX holds


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; texts that begin with apostrophes before such a sign get
    one more, so that ``unguarded`` gives back exactly what there was."""
    return "'" + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return a text as it was before ``guarded``."""
    return text[1:] if _GUARDED.match(text) else text


def to_xlsx(text: str) -> str:
    """Return a text as XLSX can hold it."""
    return _UNFIT.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def from_xlsx(text: str) -> str:
    """Return a text as it was before ``to_xlsx``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
