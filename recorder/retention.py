"""Which recordings are older than they may be: by age and kind, and never one whose call is held."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Protocol, TypeVar


class Kept(Protocol):
    """What is known of a stored recording (``tickets.RecordingRecord``)."""

    @property
    def kind(self) -> str:
        """``talk``, ``consult`` (kept as talks are) or ``message``."""
        ...

    @property
    def started_at(self) -> float:
        """When it began, epoch seconds."""
        ...

    @property
    def stored_at(self) -> float | None:
        """When it was finished; None: not yet."""
        ...

    @property
    def held(self) -> bool:
        """Whether its call must be kept (a legal hold)."""
        ...


@dataclass(frozen=True, slots=True)
class KeepFor:
    """For how many days recordings are kept, by kind; 0: for ever. Raises ``ValueError`` for a negative number."""

    talks_days: int = 0
    messages_days: int = 0

    def __post_init__(self) -> None:
        if min(self.talks_days, self.messages_days) < 0:
            raise ValueError("recordings cannot be kept for less than no day")

    def days(self, kind: str) -> int:
        """Return the days for a kind."""
        return self.messages_days if kind == "message" else self.talks_days

    def bounds(self) -> bool:
        """Whether anything is ever deleted."""
        return self.talks_days > 0 or self.messages_days > 0


K = TypeVar("K", bound=Kept)


def due(recordings: Iterable[K], keep: KeepFor, now: float, zone: tzinfo | None = None) -> list[tuple[K, int]]:
    """Return what is to be deleted, with its age in days: its day lies more than the days of its kind back.

    What is held, and what is not finished yet, is never due.
    """
    today = datetime.fromtimestamp(now, zone).date()
    found: list[tuple[K, int]] = []
    for one in recordings:
        days = keep.days(one.kind)
        day = datetime.fromtimestamp(one.started_at, zone).date()
        if days > 0 and not one.held and one.stored_at is not None and day < today - timedelta(days=days):
            found.append((one, (today - day).days))
    return found
