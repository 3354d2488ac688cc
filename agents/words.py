"""What the parts of the directory's model share: levels, texts, digits, names in both languages, roles."""

import re
import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Place = tuple[str | int, ...]
"""Where something stands in the file: keys and numbers of items, from the outside in."""


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is no number: write a number")  # noqa: TRY004 - pydantic's own way
    return value


def _one_line(text: str) -> str:
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValueError("holds a line's end or a control character: write it on one line")
    return text


def _something(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank: write a name")
    return text


def _key(text: str) -> str:
    if re.fullmatch(r"[^\W_][\w.-]*", text) is None:
        raise ValueError(f"{text!r} cannot be a key: use letters, digits, '_', '-' and '.', and begin with a letter")
    return text


Level = Annotated[int, BeforeValidator(_number), Field(ge=1, le=5)]
Number = Annotated[int, BeforeValidator(_number)]


def as_text(value: object) -> object:
    """Take a number written without quotes as the text it was meant to be, leading zeros included."""
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    width = getattr(value, "_width", None)  # ruamel's numbers remember how they were written
    return str(int(value)).zfill(width or 0)


OneLine = Annotated[str, AfterValidator(_one_line)]
Text = Annotated[str, BeforeValidator(as_text), AfterValidator(_one_line), AfterValidator(_something)]
Key = Annotated[str, AfterValidator(_key)]
"""What things are called in the file and on the command line."""
Digits = Annotated[str, BeforeValidator(as_text), Field(pattern=r"^[0-9]+$")]


class Strict(BaseModel):
    """A part of the file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Strict):
    """Something with a name in both languages."""

    zh: Text
    en: OneLine = ""


class Role(StrEnum):
    """What somebody may do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"  # may listen in to others' talks, too
