"""Lists of callers who are treated apart: telephone numbers, in the flow or in a CSV file beside it."""

import csv
import io
import re
from pathlib import Path

from ivr.mistakes import FlowErrors, FlowMistake

MOST_BYTES = 4 * 1024 * 1024
_SEPARATORS = re.compile(r"[\s().-]+")
_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_COUNTRY = re.compile(r"^(\+|00)?86(?=(0?1[3-9][0-9]{9}|0[0-9]{9,11})$)")
_MOBILE = re.compile(r"^0(?=1[3-9][0-9]{9}$)")


def bare(number: str) -> str:
    """Return a number as it is compared: China's code and the zero before a mobile number are left out."""
    return _MOBILE.sub("", _COUNTRY.sub("", number))


def read_callers(path: Path) -> tuple[frozenset[str], list[FlowMistake]]:
    """Return the numbers of a CSV file (the first column; further ones are remarks) and what is doubtful about it.

    A first line that begins with no digit is a heading. Raises ``FlowErrors`` with every row that is no number.
    """
    file = str(path)
    try:
        raw = path.read_bytes()[: MOST_BYTES + 1]
        if len(raw) > MOST_BYTES:
            raise FlowErrors([FlowMistake(file, 1, 1, "", "is larger than 4 MiB", "split it into several lists")])
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        mistake = FlowMistake(file, line, 1, "", "is not UTF-8 text", "save it as 'CSV UTF-8'")
        raise FlowErrors([mistake]) from error
    except OSError as error:
        mistake = FlowMistake(file, 1, 1, "", f"cannot be read: {error.strerror or error}", "check name and rights")
        raise FlowErrors([mistake]) from error
    return _numbers(file, text)


def _numbers(file: str, text: str) -> tuple[frozenset[str], list[FlowMistake]]:
    seen: dict[str, int] = {}
    mistakes: list[FlowMistake] = []
    doubts: list[FlowMistake] = []
    rows = csv.reader(io.StringIO(text))
    try:
        for row in rows:
            line = rows.line_num
            written = row[0].strip() if row else ""
            if not written or written.startswith("#") or (line == 1 and not any(c.isdigit() for c in written)):
                continue
            number = _SEPARATORS.sub("", written)
            if not _NUMBER.fullmatch(number):
                mistakes.append(FlowMistake(file, line, 1, "", f"{written[:40]!r} is no telephone number", _FORM))
                continue
            first = seen.setdefault(bare(number), line)
            if first != line:
                doubts.append(FlowMistake(file, line, 1, "", f"stands in line {first} already", "remove one of them"))
    except csv.Error as error:
        mistakes.append(FlowMistake(file, rows.line_num, 1, "", f"is no CSV: {error}", "save it as 'CSV UTF-8'"))
    if mistakes:
        raise FlowErrors(mistakes)
    return frozenset(seen), doubts


_FORM = "write 3 to 20 digits in the first column, and remarks behind a comma"
