"""What happened within a time, added up."""

from array import array
from enum import StrEnum
from typing import Any

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
    TURNED_AWAY = "turned_away"  # not let in


_WHATS = tuple(What)
_PLACES = {what: place for place, what in enumerate(_WHATS)}
_TRIM_AT = 1_024  # forgotten happenings that are not worth moving all others for


class Recent:
    """Happenings of a while, in the order in which they were told: 17 bytes each, for a busy hour has thousands."""

    def __init__(self) -> None:
        self._at = array("d")  # epoch seconds
        self._what = array("B")  # its place in ``What``
        self._value = array("d")
        self._first = 0  # those before it are forgotten

    def __len__(self) -> int:
        return len(self._at) - self._first

    def note(self, at: float, what: What, value: float) -> None:
        """Take what happened at ``at`` (epoch seconds)."""
        self._at.append(at)
        self._what.append(_PLACES[what])
        self._value.append(value)

    def forget(self, until: float) -> None:
        """Let go of the first ones that happened by ``until`` (epoch seconds)."""
        at, first = self._at, self._first
        while first < len(at) and at[first] <= until:
            first += 1
        self._first = first
        if first >= _TRIM_AT or first == len(at):
            del self._at[:first], self._what[:first], self._value[:first]
            self._first = 0

    def add_to(self, window: "Window", after: float) -> None:
        """Count in all that happened after ``after`` (epoch seconds), in whatever order they were told."""
        for place in range(self._first, len(self._at)):
            if self._at[place] > after:
                window.add(_WHATS[self._what[place]], self._value[place])


class Window:
    """Adds happenings up, by the definitions of `hotline report`."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._counts = dict.fromkeys(What, 0)
        self._sums = dict.fromkeys(What, 0.0)
        self._short = self._in_time = 0
        self._longest_s = 0.0

    def add(self, what: What, value: float) -> None:
        """Count one in."""
        self._counts[what] += 1
        self._sums[what] += value
        if what in (What.ANSWERED, What.ABANDONED, What.LEFT):
            self._longest_s = max(self._longest_s, value)
        self._in_time += what is What.ANSWERED and value <= self._rules.threshold_s
        self._short += what is What.ABANDONED and value < self._rules.short_abandon_s

    def figures(self) -> dict[str, Any]:
        """Return them: counts, shares 0 to 1, seconds; None where there is nothing to divide by."""
        count, total = self._counts, self._sums
        answered, abandoned = count[What.ANSWERED], count[What.ABANDONED]
        asked = answered + abandoned + count[What.LEFT]
        return {
            "arrived": count[What.ARRIVED],
            "turned_away": count[What.TURNED_AWAY],
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
