"""Occupancy: how much of the time for which agents were there for callers, they spent on them."""

from collections import defaultdict
from collections.abc import Iterable

from tickets.reporting.facts import AgentSpan
from tickets.reporting.period import Period
from tickets.reporting.tally import share

BUSY = frozenset({"talking", "on_hold", "consulting", "dialling", "wrap_up"})  # states of ``agents.states``
FREE = frozenset({"ready", "reserved", "ringing"})
_HOUR_S = 3600.0


class Workload:
    """Seconds busy and free, by agent and by hour of day; breaks and phones that cannot be reached are neither."""

    def __init__(self, spans: Iterable[AgentSpan], period: Period) -> None:
        self._agents: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._hours: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
        hours = [hour for hour, _ in period.hours()]
        for span in spans:
            which = 0 if span.state in BUSY else 1
            if which and span.state not in FREE:
                continue
            start, end = max(span.start, period.start), min(span.end, period.end)
            if end <= start:
                continue
            self._agents[span.agent][which] += end - start
            while start < end:  # most end in the hour in which they begin
                index = period.hour_index(start)
                stop = min(end, period.start + (index + 1) * _HOUR_S)
                self._hours[hours[index]][which] += stop - start
                start = stop

    @property
    def busy_s(self) -> float:
        """Seconds of all agents spent on callers."""
        return sum(busy for busy, _ in self._agents.values())

    @property
    def there_s(self) -> float:
        """Seconds of all agents spent on callers, or ready for them."""
        return sum(busy + free for busy, free in self._agents.values())

    def of_agent(self, agent: str) -> float | None:
        """Return an agent's occupancy; None when nothing is known."""
        return _occupancy(self._agents.get(agent))

    def of_hour(self, hour: int) -> float | None:
        """Return everybody's occupancy in an hour of day; None when nobody was there."""
        return _occupancy(self._hours.get(hour))


def _occupancy(seconds: list[float] | None) -> float | None:
    return None if seconds is None else share(seconds[0], seconds[0] + seconds[1])
