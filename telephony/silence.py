"""Many phones that fall silent at once: a machine that is too busy to hear them is likelier than so many dead phones.

To lose them all would leave every caller without an agent in the very moment when most wait. So when a good part of
the registered phones goes silent within some seconds, they are doubted, which is: taken to be there, for some seconds
more. Those that still say nothing by then are gone. A few phones that go silent are never doubted.
"""

from dataclasses import dataclass

from calls import SeatId


@dataclass(frozen=True, slots=True)
class SilencePolicy:
    """When silence is doubted, and how long."""

    many: int = 5  # phones at the least
    share: float = 0.25  # of those registered, at the least
    within_s: float = 10.0  # two looks at every phone: they do not all fall due at once
    patience_s: float = 15.0  # three looks


class Silence:
    """Which phones are silent, since when (monotonic seconds), and whether that is believed."""

    def __init__(self, policy: SilencePolicy | None = None) -> None:
        self.policy = policy or SilencePolicy()
        self._since: dict[SeatId, float] = {}
        self._doubted_until = 0.0

    def falls(self, seat: SeatId, registered: int, now: float) -> bool:
        """Take in that a seat's phone, which used to answer, is silent now; return whether that begins a time of doubt.
        ``registered`` is how many phones are."""
        if seat in self._since:
            return False
        self._since[seat] = now
        lately = sum(1 for since in self._since.values() if since >= now - self.policy.within_s)
        if lately < max(self.policy.many, self.policy.share * registered):
            return False
        begins = now >= self._doubted_until
        self._doubted_until = now + self.policy.patience_s
        return begins

    def ends(self, seat: SeatId) -> None:
        """Take in that a phone has answered, or is registered no longer; when none is silent, doubt is over."""
        self._since.pop(seat, None)
        if not self._since:
            self._doubted_until = 0.0

    def is_doubted(self, seat: SeatId, now: float) -> bool:
        """Return whether a phone that is told to be gone is taken to be there."""
        return now < min(self._doubted_until, self._since.get(seat, now) + self.policy.patience_s)

    def silent(self) -> list[SeatId]:
        """Return whose phones are silent."""
        return list(self._since)
