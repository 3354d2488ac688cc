"""Mistakes in flows, worded so that somebody who is no programmer can mend them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlowMistake:
    """Something wrong in a file: where, what, and what to do about it. Lines and columns begin with 1."""

    file: str
    line: int
    column: int
    key: str  # dotted path, "" for the whole file
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: " + (f"{self.key}: " if self.key else "")
        return where + self.message + (f" ({self.remedy})" if self.remedy else "")


class FlowErrors(Exception):
    """A flow cannot be used; ``mistakes`` lists everything found, ``warnings`` what is doubtful besides."""

    def __init__(self, mistakes: Sequence[FlowMistake], warnings: Sequence[FlowMistake] = ()) -> None:
        self.mistakes = list(mistakes)
        self.warnings = list(warnings)
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
