"""How busy an agent has been lately: the older a second, the less it counts."""

import math

_HALF_LIFE_S = 3600.0
_WHOLE_S = _HALF_LIFE_S / math.log(2)  # what all seconds that ever were would count together


class Workload:
    """Busy seconds of one agent; an hour later each counts half. Breaks, and all time before, count as not busy.

    While somebody is not busy the share only fades, and everybody's fades alike. So it needs to be looked at once: who
    of two was busier then is so hours later, too (``busier``).
    """

    __slots__ = ("_busy_s", "_since", "_state")

    def __init__(self, now: float) -> None:
        self._busy_s = 0.0
        self._since = now
        self._state = ""

    def busy(self, now: float) -> None:
        """An offer is made, or a talk goes on."""
        self._enter("busy", now)

    def idle(self, now: float) -> None:
        """The agent is free."""
        self._enter("idle", now)

    def away(self, now: float) -> None:
        """The agent is neither busy nor free."""
        self._enter("", now)

    @property
    def is_away(self) -> bool:
        """Whether the agent is neither busy nor free."""
        return not self._state

    def occupancy(self, now: float) -> float:
        """Return the share of recent time spent busy, 0 to 1."""
        return self._busy_until(now) / _WHOLE_S

    def busier(self) -> float:
        """Return a number that orders agents who are not busy by their share, whenever each was looked at: the share's
        logarithm, in half-lives, at the time 0. Minus infinity for who was never busy."""
        return math.log2(self._busy_s) + self._since / _HALF_LIFE_S if self._busy_s > 0 else -math.inf

    def _busy_until(self, now: float) -> float:
        faded = math.pow(0.5, max(0.0, now - self._since) / _HALF_LIFE_S)
        return self._busy_s * faded + (_WHOLE_S * (1 - faded) if self._state == "busy" else 0.0)

    def _enter(self, state: str, now: float) -> None:
        if state == self._state:
            return
        if now > self._since and "busy" in (state, self._state):  # otherwise the share goes on fading
            self._busy_s = self._busy_until(now)
            self._since = now
        self._state = state
