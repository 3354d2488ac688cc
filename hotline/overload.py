"""When more comes than can be carried: how late all is, and whom to turn away, so that those inside are served.

A service that takes every call serves none of them once it is late: menus pile up, keys are answered seconds after,
agents are rung late. So new callers are turned away at the door, in a share that grows with the lateness; those who are
inside, or whom the service itself calls, never are. Pure: others measure, and tell.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

WAKE_S = 0.2
"""The event loop is to wake so often."""
_WINDOW_S = 5.0
_ANSWERS = 2
"""Of so many of Asterisk's answers in a row the soonest counts: one pause is no overload."""


@dataclass(frozen=True, slots=True)
class OverloadLimits:
    """From when on whom. ``late_s``, ``late_all_s``: seconds; between them the share of those who are turned away grows
    from none to all. ``most_calls``: at a time (0: any number)."""

    late_s: float = 0.3
    late_all_s: float = 1.5
    most_calls: int = 0


class Refused(StrEnum):
    """Why a caller is turned away."""

    LATE = "late"
    FULL = "full"


class Overload:
    """How late the service and its Asterisk are, and what follows from that."""

    def __init__(self, limits: OverloadLimits) -> None:
        self._limits = limits
        self._wakes: deque[tuple[float, float]] = deque()  # when, how late
        self._answers: deque[float] = deque(maxlen=_ANSWERS)
        self._loop_s = 0.0
        self._owed = 0.0  # callers to be turned away by their share, less those who were

    # -- what is measured ------------------------------------------------------------------------------------------

    def woke(self, late_s: float, now: float) -> None:
        """The event loop woke so late (seconds); ``now`` is monotonic."""
        self._wakes.append((now, late_s))
        while self._wakes[0][0] < now - _WINDOW_S:
            self._wakes.popleft()
        self._loop_s = _usual(late for _, late in self._wakes)

    def asterisk_answered(self, after_s: float) -> None:
        """Asterisk's manager answered a ping after so many seconds."""
        self._answers.append(after_s)

    def asterisk_away(self) -> None:
        """There is no connection to the manager: what was measured says nothing any more."""
        self._answers.clear()

    # -- what follows ----------------------------------------------------------------------------------------------

    @property
    def late_s(self) -> float:
        """How late things are done, in seconds: by the service itself or by Asterisk, whoever is later."""
        return max(self._loop_s, min(self._answers) if len(self._answers) == _ANSWERS else 0.0)

    @property
    def share(self) -> float:
        """Which share of new callers is turned away for lateness, 0 to 1."""
        limits = self._limits
        over_s = self.late_s - limits.late_s
        return min(1.0, over_s / (limits.late_all_s - limits.late_s)) if over_s > 0 else 0.0

    def refuses(self, calls: int) -> Refused | None:
        """Decide on one new caller, with whom there are so many calls. Of many, exactly the share is turned away."""
        if 0 < self._limits.most_calls < calls:
            return Refused.FULL
        share = self.share
        if not share:
            self._owed = 0.0
            return None
        self._owed += share
        if self._owed < 1.0:
            return None
        self._owed -= 1.0
        return Refused.LATE


def _usual(late_s: Iterable[float]) -> float:
    """Return how late is done what comes at any moment of the time in which the loop woke so late, half of that time at
    least. One pause (a burst of work, a slow disk) is no overload: however long, it counts for nothing."""
    ordered = sorted(late_s, reverse=True)
    half_s, passed_s = sum(late + WAKE_S for late in ordered) / 2, 0.0
    for late in ordered:
        passed_s += late + WAKE_S
        if passed_s >= half_s:
            return min([late, *ordered[1:2]]) if len(ordered) > 1 else 0.0
    return 0.0
