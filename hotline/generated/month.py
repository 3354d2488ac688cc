"""The days of a month, one after the other. The same seed, month and number of calls give the same content."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from agents.journal import AgentEvent
from calls.timeline import Event
from hotline.generated import profile
from hotline.generated.lives import Visit, life, visit
from hotline.generated.orders import Work
from hotline.generated.staff import SHIFT_H, Shift
from tickets import OrderLife


@dataclass(frozen=True, slots=True)
class Day:
    """A day's calls, each with its events, what the agents of its shifts did, and what becomes of tickets: calls' ones
    (by call), and of those that come otherwise."""

    date: date
    calls: list[list[Event]]
    changes: list[AgentEvent]
    orders: dict[str, OrderLife]
    others: list[OrderLife]


class Month:
    """A month with so many calls; ``first`` is its first day."""

    def __init__(self, first: date, calls: int, seed: int, zone: tzinfo) -> None:
        self._first = first
        self._last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        self._calls, self._zone = calls, zone
        self._chance = random.Random(seed)
        self._shifts = 0
        self._work = Work(random.Random(f"{seed} tickets"))

    def days(self) -> Iterator[Day]:
        """Yield the days."""
        arrivals = profile.arrivals(self._first, self._last, self._calls, self._zone, self._chance)
        usual = self._calls / len(arrivals)
        people = [f"13{self._chance.randrange(10**9):09d}" for _ in range(max(1, self._calls // 2))]
        number = 0
        for index, moments in enumerate(arrivals):
            day = self._first + timedelta(days=index)
            visits = []
            for at in moments:
                number += 1
                visits.append(visit(f"a1-{at:.0f}.{number}", at, self._chance))
            yield self._day(day, visits, people, usual)

    def _day(self, day: date, visits: list[Visit], people: list[str], usual: float) -> Day:
        visits.sort(key=lambda one: (one.queued_at or one.arrived_at, one.call))  # whoever queues first is served first
        starts = [datetime.combine(day, time(hour), self._zone).timestamp() for hour in range(0, 24, SHIFT_H)]
        shifts = []
        for place, start in enumerate(starts):
            shifts.append(Shift(start, place * SHIFT_H, self._shifts, usual))
            self._shifts += 1
        calls = []
        for one in visits:
            shift = next((s for s in shifts if (one.queued_at or one.arrived_at) < s.end), shifts[-1])
            calls.append(life(one, self._chance.choice(people), shift, self._chance))
        changes = [change for shift in shifts for change in shift.close()]
        return Day(day, calls, changes, self._work.of_calls(calls), self._work.others(starts[0], usual))
