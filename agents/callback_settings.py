"""What a queue's entry in the directory says of calling its callers back."""

from typing import Annotated

from pydantic import AfterValidator, Field

from agents.dial_rules import Hours
from agents.words import Digits, Strict


def _hours(text: str) -> str:
    Hours.parse(text)
    return text


class CallbackSettings(Strict):
    """Callers may press ``key`` and hang up; they keep their place and are called when it is their turn."""

    key: Annotated[Digits, Field(max_length=1)] = "1"
    offer_after_s: float = Field(default=20, ge=0, le=3600)  # of waiting; then with every announcement of the place
    attempts: int = Field(default=3, ge=1, le=10)
    every_s: float = Field(default=300, ge=5, le=86_400)  # between two tries
    hours: Annotated[str, AfterValidator(_hours)] = "08:00-21:00"  # in which people are called, local time
    missed: bool = False  # those who hang up while waiting are called back, too
    missed_after_s: float = Field(default=60, ge=0, le=86_400)  # they are left so long to call again by themselves

    @property
    def calling_hours(self) -> Hours:
        """The time of day in which people are called."""
        return Hours.parse(self.hours)
