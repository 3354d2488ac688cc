"""What can be asked of a router: places, staffing, reasons, expected waits. Nothing here changes anything but the cache
of need classes."""

from collections.abc import Iterable

from acd.estimate import Pace, expected_wait, median_wait
from acd.invariants import broken_invariants
from acd.matching import Need
from acd.offers import Offer, OfferBook
from acd.reasons import Reasons
from acd.staff import NeedClass, Staff
from acd.waiting import Entry, Key, Stage, Waiting, WaitingLines
from calls.identity import AgentId, CallId


class RouterError(Exception):
    """The shell said something that cannot be: an unknown agent, a caller who waits already."""


class Questions:
    """The router's state, and all that only looks at it."""

    def __init__(self, priority_worth_s: float, series: str) -> None:
        self._lines = WaitingLines(priority_worth_s)
        self._staff = Staff()
        self._offers = OfferBook(series)
        self._classes: dict[Need, NeedClass] = {}
        self._unused_indexes: list[int] = []  # of classes that are forgotten
        self._held = False
        self._pace = Pace()

    def place_of(self, call: CallId) -> int | None:
        """Return a caller's place in line (1 is next), or None when not in line.

        Only callers ahead who compete for the same people count: those for whom somebody on duty could serve both.
        Callers whose offer rings have left the line.
        """
        entry = self._lines.get(call)
        if entry is None or not entry.in_line:
            return None
        return 1 + self._lines.ahead(entry.key, self._rivals(entry.need_class))

    def is_waiting(self, call: CallId) -> bool:
        """Return whether a caller waits, those included whose offer rings."""
        return self._lines.get(call) is not None

    def place_before(self, caller: Waiting) -> int:
        """Return the place that a caller who is about to wait will have among all who wait for the same people."""
        own = self._class_of(caller.need.for_anybody())
        return 1 + self._lines.ahead(self._lines.key_of(caller), self._rivals(own))

    @property
    def holds_offers(self) -> bool:
        """Whether no offers are made for the time being."""
        return self._held

    def need_of(self, call: CallId) -> Need:
        """Return what a waiting caller asks for now; raises ``RouterError``."""
        return self._entry(call).need_class.need

    def expected_wait(self, call: CallId, now: float) -> float | None:
        """Return the seconds that a caller in line has still to wait, as likely more as less; None when not in line, or
        nobody who works could serve. Good under steady load; who is told should be told a round figure."""
        entry = self._lines.get(call)
        if entry is None or not entry.in_line:
            return None
        return self._expected(entry.key, entry.need_class, entry.caller.queue, now)

    def expected_wait_of(self, caller: Waiting, now: float) -> float | None:
        """Return the same for a caller who is about to wait, held for nobody; 0 when somebody suitable is free, None
        when nobody who works could serve, now or at a later stage."""
        key, staffed = self._lines.key_of(caller), False
        for after_s, need in (Stage(0.0, caller.need), *caller.stages):
            need_class = self._class_of(need.for_anybody())
            if not need_class.on_duty:
                continue  # not waited for
            begins_s = max(0.0, caller.since + after_s - now) if staffed else 0.0
            staffed = True
            if self._staff.free_in(need_class):
                return begins_s
            expected_s = self._expected(key, need_class, caller.queue, now)
            if expected_s is not None:
                return max(begins_s, expected_s)
        return None

    def staffed(self, need: Need, stages: Iterable[Stage] = ()) -> int:
        """Return how many agents on duty satisfy a need, or one of its later stages."""
        return max(self._on_duty_for(each) for each in (need, *(stage.need for stage in stages)))

    def prospects(self, need: Need) -> tuple[int, int]:
        """Return how many on duty have the skills for a need, and how many of them are free. A walk over them."""
        need_class = self._class_of(need.for_anybody())
        return len(need_class.on_duty), self._staff.free_in(need_class)

    def hindrance(self, agent: AgentId, call: CallId) -> str:
        """Return why an agent who is ready is not offered a caller: ``reserved`` (for another), ``not_again`` (did not
        take this caller a moment ago); "": nothing."""
        seated, entry = self._staff.get(agent), self._lines.get(call)
        if seated is None or not seated.available:
            return "reserved"
        return "not_again" if entry is not None and agent in entry.avoid else ""

    def avoided_until(self, call: CallId, agent: AgentId) -> float | None:
        """Return until when an agent is not offered a waiting caller again; None: may be at any time."""
        entry = self._lines.get(call)
        return None if entry is None else entry.avoid.get(agent)

    def reasons(self, offer_id: str) -> Reasons:
        """Say why an open offer was made, asked right after it was. A walk over the suitable agents."""
        offer = self._offers.get(offer_id)
        entry, seated = self._entry(offer.call), self._staff.get(offer.agent)
        made_for = entry.offered_in or entry.need_class
        need = made_for.need
        suitable, free = self.prospects(need)
        everybody = {need_class.index for need_class in self._lines.waiting_classes()}
        return Reasons(
            rule=need.strategy.value,
            suitable=suitable,
            free=1 + free,
            idle_s=0.0 if seated is None else max(0.0, offer.made_at - seated.idle_since),
            passed_over=self._lines.ahead(entry.key, everybody),
            last_agent=need.only is not None,
        )

    def length(self, queue: str) -> int:
        """Return how many callers wait in a queue, those included whose offer rings."""
        return self._lines.length(queue)

    def waiting(self) -> list[Waiting]:
        """Return all waiting callers in the order of the line, those included whose offer rings."""
        return [entry.caller for entry in sorted(self._lines.all(), key=lambda entry: entry.key)]

    def open_offers(self) -> list[Offer]:
        """Return all open offers."""
        return self._offers.open()

    def check(self) -> list[str]:
        """Return every broken invariant in words; empty when all is well. A full walk: for tests and diagnosis."""
        return broken_invariants(self._lines, self._staff, self._offers, held=self._held)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _class_of(self, need: Need) -> NeedClass:
        need_class = self._classes.get(need)
        if need_class is None:
            index = self._unused_indexes.pop() if self._unused_indexes else len(self._classes) + 1
            need_class = self._classes[need] = NeedClass(need, index)
            self._lines.learn(need_class)
            self._staff.learn(need_class)
        return need_class

    def _forget_class(self, need_class: NeedClass) -> None:
        del self._classes[need_class.need]
        self._unused_indexes.append(need_class.index)
        self._staff.forget(need_class)

    def _on_duty_for(self, need: Need) -> int:
        """Return how many on duty may serve a need. For one agent only no class is made: nobody may ever wait in it."""
        if need.only is None:
            return len(self._class_of(need).on_duty)
        seated = self._staff.get(need.only)
        return int(seated is not None and need.satisfied_by(seated.profile.skills))

    def _entry(self, call: CallId) -> Entry:
        entry = self._lines.get(call)
        if entry is None:
            raise RouterError(f"call {call} does not wait")
        return entry

    def _rivals(self, own: NeedClass) -> set[int]:
        """Return the classes of those who wait for somebody who could serve this class too."""
        return {
            other.index
            for other in self._lines.waiting_classes()
            if other is own or not other.on_duty.isdisjoint(own.on_duty)
        }

    def _expected(self, key: Key, own: NeedClass, queue: str, now: float) -> float | None:
        """A caller ahead of another class takes a seat of ours with the share that our seats have of theirs."""
        seats = self._staff.working_in(own)
        if not seats:
            return None
        ahead = 0.0
        for other in self._lines.waiting_classes():
            common = len(other.on_duty) if other is own else len(other.on_duty & own.on_duty)
            if common:
                ahead += other.callers.count_before(key) * common / len(other.on_duty)
        pace = self._pace
        mean_s = expected_wait(1 + ahead, seats, pace.cycle_s(queue, now), pace.giving_up_rate(now))
        return median_wait(mean_s, 1 + ahead) + pace.ringing_s()
