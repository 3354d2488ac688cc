"""The expected wait: from the place in line, the seats that serve it, how fast they become free, and who gives up.

In a line that N busy seats serve with a mean cycle of m seconds (offer to free again), the next seat becomes free after
m / N on average, whatever the distribution of talks, when the talks are spread over time as they are under steady load.
Callers ahead who give up shorten that: with each of the j still ahead giving up at a rate of θ a second, the steps take
1 / (N / m + j θ), as in the Erlang A model (Garnett, Mandelbaum, Reiman 2002).

That is the mean. What is told is the median, for the mean is stretched by the few long waits: half of the callers wait
longer than they are told, half less.
"""

import math

_HALF_LIFE_S = 1800.0
_AT_ONCE_S = 1.0  # what is seen within so long counts as seen at once: it fades no sooner
_ENOUGH = 20  # observations of a queue's own, before they count more than the house's


class Faded:
    """A sum in which what was added half an hour ago counts half."""

    __slots__ = ("_at", "_sum")

    def __init__(self) -> None:
        self._sum, self._at = 0.0, 0.0

    def add(self, value: float, now: float) -> None:
        """Add at ``now`` (seconds)."""
        if now - self._at >= _AT_ONCE_S:
            self._sum, self._at = self.value(now), now
        self._sum += value

    def value(self, now: float) -> float:
        """Return what is left at ``now``."""
        return self._sum * 0.5 ** (max(0.0, now - self._at) / _HALF_LIFE_S) if self._sum else 0.0


class Mean:
    """A mean in which what is half an hour old counts half."""

    __slots__ = ("_at", "_count", "_total")

    def __init__(self) -> None:
        self._total = self._count = self._at = 0.0

    def add(self, value: float, now: float) -> None:
        """Add an observation."""
        if now - self._at >= _AT_ONCE_S:
            faded = 0.5 ** ((now - self._at) / _HALF_LIFE_S)
            self._total *= faded
            self._count *= faded
            self._at = now
        self._total += value
        self._count += 1.0

    def count(self, now: float) -> float:
        """Return how many observations are left, faded."""
        return self._count * math.pow(0.5, max(0.0, now - self._at) / _HALF_LIFE_S)

    def value(self) -> float | None:
        """Return the mean, None when nothing has been seen."""
        return self._total / self._count if self._count else None


class Pace:
    """What has been seen lately: seats' cycles by queue, how long phones ring, and how fast callers give up."""

    def __init__(self, first_guess_s: float = 180.0) -> None:
        self._first_guess_s = first_guess_s
        self._queues: dict[str, Mean] = {}
        self._ringing = Mean()
        self._gave_up, self._waited_s = Faded(), Faded()

    def cycle(self, queue: str, seconds: float, now: float) -> None:
        """A seat was free again so long after it was offered a caller of this queue."""
        own = self._queues.get(queue)
        if own is None:
            own = self._queues[queue] = Mean()
        own.add(seconds, now)

    def rang(self, seconds: float, now: float) -> None:
        """An offer was accepted after so long."""
        self._ringing.add(seconds, now)

    def left(self, waited_s: float, now: float, *, served: bool) -> None:
        """A caller's wait is over."""
        self._waited_s.add(waited_s, now)
        if not served:
            self._gave_up.add(1.0, now)

    def cycle_s(self, queue: str, now: float) -> float:
        """Return the mean cycle of seats that serve a queue, in seconds."""
        own = self._queues.get(queue)
        if own is not None and own.count(now) >= _ENOUGH:
            return own.value() or self._first_guess_s
        count = sum(each.count(now) for each in self._queues.values())  # the house's
        total = sum(each.count(now) * (each.value() or 0.0) for each in self._queues.values())
        return total / count if total else self._first_guess_s

    def ringing_s(self) -> float:
        """Return how long it takes until an offer is accepted, in seconds."""
        return self._ringing.value() or 0.0

    def giving_up_rate(self, now: float) -> float:
        """Return how many callers give up per second of waiting."""
        waited_s = self._waited_s.value(now)
        return self._gave_up.value(now) / waited_s if waited_s else 0.0


def expected_wait(place: float, seats: float, cycle_s: float, giving_up_rate: float = 0.0) -> float:
    """Return the mean seconds until a seat is free for the caller at ``place`` (1 is next; may be a fraction).

    ``seats`` is how many serve this line, all busy; more than zero.
    """
    rate = seats / cycle_s
    if giving_up_rate <= 0:
        return place / rate
    whole = math.floor(place)
    steps = sum(1 / (rate + ahead * giving_up_rate) for ahead in range(whole))
    return steps + (place - whole) / (rate + whole * giving_up_rate)


def median_wait(mean_s: float, place: float) -> float:
    """Return the median of a wait of ``place`` random steps with this mean (Wilson and Hilferty 1931)."""
    return mean_s * (1 - 1 / (9 * max(1.0, place))) ** 3
