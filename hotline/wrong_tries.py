"""Counts wrong entries, so that secrets cannot be tried out by telephone. Forgotten with time and at a restart."""

from calls import Clock

_Key = tuple[str, str]


class WrongTries:
    """When wrong entries were made, by what they were made at: (what, by whom). Whoever made none costs nothing."""

    def __init__(self, clock: Clock, within_s: float) -> None:
        self._clock, self._within_s = clock, within_s
        self._wrong: dict[_Key, list[float]] = {}
        self._tidied = clock.now()

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._wrong)

    def lately(self, key: _Key) -> int:
        """Return how many there were within the time."""
        return len(self._recent(key))

    def count(self, *keys: _Key) -> None:
        """Note one. To be done before it is known to be wrong: so many calls at once gain nothing."""
        self._tidy()
        for key in keys:
            self._wrong[key] = [*self._recent(key), self._clock.now()]

    def forgive(self, *keys: _Key) -> None:
        """It was not wrong: take the last one back."""
        for key in keys:
            if left := self._recent(key)[:-1]:
                self._wrong[key] = left
            else:
                self._wrong.pop(key, None)

    def _recent(self, key: _Key) -> list[float]:
        oldest = self._clock.now() - self._within_s
        return [at for at in self._wrong.get(key, ()) if at >= oldest]

    def _tidy(self) -> None:
        """Forget those whose time is over. Once in that time is enough: it is a walk over all."""
        now = self._clock.now()
        if now - self._tidied >= self._within_s:
            self._tidied = now
            self._wrong = {key: when for key, when in self._wrong.items() if when[-1] >= now - self._within_s}
