"""Counts wrong entries, so that secrets cannot be tried out by telephone. Forgotten with time and at a restart."""

from collections import defaultdict, deque

from calls import Clock

_FORGET_AT = 10_000  # keys remembered at once


class WrongTries:
    """When wrong entries were made, by what they were made at: (what, by whom)."""

    def __init__(self, clock: Clock, within_s: float) -> None:
        self._clock, self._within_s = clock, within_s
        self._wrong: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def lately(self, key: tuple[str, str]) -> int:
        """Return how many there were within the time."""
        return len(self._recent(key))

    def count(self, *keys: tuple[str, str]) -> None:
        """Note one. To be done before it is known to be wrong: so many calls at once gain nothing."""
        for key in keys:
            self._recent(key).append(self._clock.now())

    def forgive(self, *keys: tuple[str, str]) -> None:
        """It was not wrong: take the last one back."""
        for key in keys:
            if self._wrong[key]:
                self._wrong[key].pop()

    def _recent(self, key: tuple[str, str]) -> deque[float]:
        oldest = self._clock.now() - self._within_s
        if len(self._wrong) > _FORGET_AT:
            recent = {key: when for key, when in self._wrong.items() if when and when[-1] >= oldest}
            self._wrong = defaultdict(deque, recent)
        when = self._wrong[key]
        while when and when[0] < oldest:
            when.popleft()
        return when
