"""Counting a group of calls: those of a queue, an agent, an hour, or all."""

from pydantic import BaseModel, ConfigDict

from tickets.reporting.facts import CallFact

_SUMS = ("calls", "asked", "answered", "abandoned", "short", "in_time", "answers", "satisfied", "waited_s", "handled_s")


class GroupRow(BaseModel):
    """One group. Shares are 0 to 1, durations seconds; None: nothing to divide by, or (``occupancy``) not known."""

    model_config = ConfigDict(frozen=True)

    name: str
    calls: int
    asked: int
    answered: int
    abandoned: int
    short_abandoned: int
    in_time: int  # answered within the threshold, from entering the queue
    answers: int
    satisfied: int
    connect_rate: float | None
    service_level: float | None
    satisfaction: float | None
    abandonment: float | None
    asa_s: float | None
    aht_s: float | None
    longest_wait_s: float
    occupancy: float | None


class Tally:
    """Adds up calls that have ended. ``short_s``: who hangs up sooner has not really waited."""

    def __init__(self, threshold_s: float, short_s: float) -> None:
        self._threshold_s, self._short_s = threshold_s, short_s
        self.calls = self.asked = self.answered = self.abandoned = self.short = self.in_time = 0
        self.answers = self.satisfied = 0
        self.waited_s = self.handled_s = self.longest_s = 0.0

    def add(self, call: CallFact) -> None:
        """Count a call in."""
        self.calls += 1
        if call.queued_at is None:
            return
        self.asked += 1
        wait = call.wait_s
        self.longest_s = max(self.longest_s, wait)
        if call.connected_at is not None:
            self.answered += 1
            self.in_time += wait <= self._threshold_s
            self.waited_s += wait
            self.handled_s += call.talking_s + call.wrap_up_s
            if call.satisfied is not None:
                self.answers += 1
                self.satisfied += call.satisfied
        elif call.abandoned:
            self.abandoned += 1
            self.short += wait < self._short_s

    def absorb(self, other: "Tally") -> None:
        """Count another group's calls in: cheaper than one by one."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest_s = max(self.longest_s, other.longest_s)

    def row(self, name: str, occupancy: float | None = None) -> GroupRow:
        """Return the figures so far."""
        return GroupRow(
            name=name, calls=self.calls, asked=self.asked, answered=self.answered, abandoned=self.abandoned,
            short_abandoned=self.short, in_time=self.in_time, answers=self.answers, satisfied=self.satisfied,
            connect_rate=share(self.answered, self.asked), service_level=share(self.in_time, self.answered),
            satisfaction=share(self.satisfied, self.answers), abandonment=share(self.abandoned, self.asked),
            asa_s=share(self.waited_s, self.answered), aht_s=share(self.handled_s, self.answered),
            longest_wait_s=self.longest_s, occupancy=occupancy,
        )  # fmt: skip


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole; None when there is nothing."""
    return part / whole if whole else None
