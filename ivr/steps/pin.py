"""The step that lets through who knows a PIN."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ivr.steps.base import Asking, Key, Name, Target
from ivr.steps.marks import Refers

PinName = Annotated[Name, Refers.PIN]


class Pin(Asking):
    """Asks for a PIN that this installation keeps (``hotline pin set NAME``). What is entered is never written down."""

    do: Literal["pin"]
    pin: PinName  # which PIN
    tries: int = Field(default=3, ge=1, le=10)  # so often a wrong one may be entered in one call
    terminator: Key = "#"  # the key that ends the entry
    right: Target  # the step when it is right
    wrong: Target  # the step after the last try
    locked: Target | None = None  # the step when too many wrong ones were entered lately; None: as wrong

    def unhelped(self) -> Iterator[str | None]:
        """Out by the exits."""
        return iter((self.no_input.then, self.no_match.then, self.wrong, self.locked or self.wrong))
