"""What the parts of the directory's model share: levels, texts, digits, names in both languages."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Level = Annotated[int, Field(ge=1, le=5)]


def as_text(value: object) -> object:
    """Take a number written without quotes as the text it was meant to be, leading zeros included."""
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    width = getattr(value, "_width", None)  # ruamel's numbers remember how they were written
    return str(int(value)).zfill(width or 0)


Text = Annotated[str, BeforeValidator(as_text), Field(min_length=1)]
Digits = Annotated[str, BeforeValidator(as_text), Field(pattern=r"^[0-9]+$")]


class Strict(BaseModel):
    """A part of the file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Strict):
    """Something with a name in both languages."""

    zh: Text
    en: str = ""
