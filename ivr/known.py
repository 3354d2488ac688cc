"""What a flow may refer to outside itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ivr.steps import Calendar


@dataclass(frozen=True, slots=True)
class Known:
    """Names of queues, skills, departments and hotlines (of the directory) and of the system's own prompts; what lies
    beside the flows (``ivr.beside``); and the day for which is checked (None: for no day)."""

    queues: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    prompts: frozenset[str] = field(default_factory=frozenset)
    hotlines: frozenset[str] = frozenset()  # departments that are hotlines of their own
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    callers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # file -> numbers
    today: date | None = None
    lookup_hosts: frozenset[str] = frozenset()  # that flows may ask, with their port where it is not the usual one
    questions: Mapping[str, frozenset[str]] = field(default_factory=dict)  # to databases -> what must be sent
    pins: frozenset[str] = frozenset()  # that are set
    boxes: frozenset[str] = frozenset()  # of voicemail; empty: none are listed, and any may be named

    @classmethod
    def anything(cls, prompts: frozenset[str]) -> "Known":
        """Return what is known where there is no directory: any queue, skill and department may be named."""
        every = _Everything()
        return cls(
            every, every, every, prompts, hotlines=every, lookup_hosts=every, questions=_EveryQuestion(), pins=every
        )


class _Everything(frozenset[str]):
    """Holds whatever it is asked for."""

    def __contains__(self, name: object) -> bool:
        return True


class _EveryQuestion(dict[str, frozenset[str]]):
    """Knows every question; each takes whatever is sent."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> frozenset[str]:
        return _Everything()
