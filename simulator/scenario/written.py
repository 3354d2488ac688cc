"""What stands in a scenario's file: parts of it, and numbers as they are written there (012 is no 12 on a phone)."""

import difflib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator


class Strict(BaseModel):
    """A part of a scenario: unknown keys are mistakes, and true is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, which: ValidationInfo) -> Any:
        """Refuse what pydantic would take as 1 or 0."""
        if isinstance(value, bool) and not _may_be_bool(cls.model_fields[which.field_name or ""].annotation):
            said = str(value).lower()
            raise ValueError(f"{said} is neither a number nor a text: write what is meant, a text {said} in quotes")
        return value


class WrittenInt(int):
    """A whole number of a file."""

    written: str


class WrittenFloat(float):
    """A number of a file that is not whole."""

    written: str


def as_written(value: Any) -> Any:
    """Return a number as the text that stands in the file: each digit is a key that is pressed.

    One that did not come from a file has one way only to be written, if it is whole and not below 0.
    """
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.written
    if isinstance(value, float) or (isinstance(value, int) and value < 0):
        raise ValueError(f"{value} is a number, and could be meant otherwise: write the digits in quotes")
    return number_as_text(value)


def number_as_text(value: Any) -> Any:
    """Return a number as text, by its value and in full: durations and tones are numbers however they are written."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(int(value))
    return f"{Decimal(repr(float(value))).normalize():f}" if isinstance(value, float) else value


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the question after the likeliest of the known words; "" when none is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""


def _may_be_bool(annotation: Any) -> bool:
    return annotation is bool or any(one is True or _may_be_bool(one) for one in get_args(annotation))
