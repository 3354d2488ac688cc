"""What happened within a time, added up."""

from enum import StrEnum
from typing import Any, NamedTuple

from tickets.reporting import Rules, share


class What(StrEnum):
    """What is counted."""

    ARRIVED = "arrived"
    ANSWERED = "answered"  # a person, after so many seconds in the queue
    ABANDONED = "abandoned"  # gave up after so many
    LEFT = "left"  # asked for a person, and was served otherwise: a message, a callback, another hotline
    TALKED = "talked"  # a call is over in which there were talks of so many seconds together
    WRAPPED = "wrapped"  # so is a wrap-up
    SAID = "said"  # the caller said whether satisfied (1) or not (0)


class Happening(NamedTuple):
    """Something that happened (epoch seconds)."""

    at: float
    what: What
    value: float = 0.0


class Window:
    """Adds happenings up, by the definitions of `hotline report`."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._counts = dict.fromkeys(What, 0)
        self._sums = dict.fromkeys(What, 0.0)
        self._short = self._in_time = 0
        self._longest_s = 0.0

    def add(self, one: Happening) -> None:
        """Count one in."""
        self._counts[one.what] += 1
        self._sums[one.what] += one.value
        if one.what in (What.ANSWERED, What.ABANDONED, What.LEFT):
            self._longest_s = max(self._longest_s, one.value)
        self._in_time += one.what is What.ANSWERED and one.value <= self._rules.threshold_s
        self._short += one.what is What.ABANDONED and one.value < self._rules.short_abandon_s

    def figures(self) -> dict[str, Any]:
        """Return them: counts, shares 0 to 1, seconds; None where there is nothing to divide by."""
        count, total = self._counts, self._sums
        answered, abandoned = count[What.ANSWERED], count[What.ABANDONED]
        asked = answered + abandoned + count[What.LEFT]
        return {
            "arrived": count[What.ARRIVED],
            "asked": asked,
            "answered": answered,
            "abandoned": abandoned,
            "short_abandoned": self._short,
            "connect_rate": share(answered, asked),
            "service_level": share(self._in_time, answered),
            "abandonment": share(abandoned, asked),
            "asa_s": share(total[What.ANSWERED], answered),
            "aht_s": share(total[What.TALKED] + total[What.WRAPPED], count[What.TALKED]),
            "longest_wait_s": self._longest_s if asked else None,
            "satisfaction": share(total[What.SAID], count[What.SAID]),
        }
