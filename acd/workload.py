"""How busy an agent has been lately: shares of time, the older the less they count."""

_HALF_LIFE_S = 3600.0


class Workload:
    """Busy and idle seconds of one agent; an hour later each second counts half. Breaks count as neither."""

    __slots__ = ("_busy_s", "_idle_s", "_since", "_state")

    def __init__(self, now: float) -> None:
        self._busy_s = self._idle_s = 0.0
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
        """Return the busy share of the time spent busy or free, 0 to 1; 0 when there was none."""
        passed = max(0.0, now - self._since)
        faded = 0.5 ** (passed / _HALF_LIFE_S)
        busy_s = self._busy_s * faded + (passed if self._state == "busy" else 0.0)
        idle_s = self._idle_s * faded + (passed if self._state == "idle" else 0.0)
        total = busy_s + idle_s
        return busy_s / total if total else 0.0

    def _enter(self, state: str, now: float) -> None:
        passed = now - self._since
        if passed > 0:
            faded = 0.5 ** (passed / _HALF_LIFE_S)
            self._busy_s *= faded
            self._idle_s *= faded
            if self._state == "busy":
                self._busy_s += passed
            elif self._state == "idle":
                self._idle_s += passed
            self._since = now
        self._state = state
