"""How the departments stand now: which telephones are rung, who is open, how many calls each has, whom they take."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

import structlog

from agents.departments import Act, Department, Phone, Rule
from agents.directory import Directory
from calls import AgentId, CallId, Clock, SeatId
from calls.identity import Address
from calls.line import RingOutcome
from calls.segments import department_party
from calls.talk_events import Together
from calls.targets import Kind, NoTarget, Target, Way
from calls.timeline import CallEnded, Event, PartyInvited, PartyLeft, PassedOn
from hotline.asterisk_plan import outside_address
from hotline.checks import calendars_of
from hotline.settings import Settings
from ivr.hours import is_open
from ivr.steps import Calendar

log = structlog.get_logger(__name__)

_PARTY = department_party("")


class Refused(StrEnum):
    """Why a department is not rung at all. Agents hear the phrase ``talk.<value>``."""

    CLOSED = "closed"
    FULL = "full"  # as many calls as may be are up
    NOT_ALLOWED = "not_allowed"  # this agent may not call it
    UNREACHABLE = "unreachable"  # all its telephones are outside, and there is no trunk
    UNKNOWN = "unknown"


_WORDS = {
    Refused.CLOSED: "is closed now",
    Refused.FULL: "has as many calls as it may have at a time",
    Refused.NOT_ALLOWED: "may not be called by this agent",
    Refused.UNREACHABLE: "is outside, and there is no trunk to it",
}
_BUSY = frozenset({Refused.FULL, RingOutcome.BUSY, RingOutcome.DECLINED})
_BACK = Rule(Act.BACK)


class DepartmentBook:
    """Looks departments up in the directory in use, and counts their calls."""

    def __init__(
        self,
        directory: Callable[[], Directory],
        clock: Clock,
        *,
        seat_address: Callable[[SeatId], Address],
        outside: Callable[[str], Address | None],
    ) -> None:
        """``outside`` returns where a number outside is rung, None when there is no way out."""
        self._directory, self._clock = directory, clock
        self._seat_address, self._outside = seat_address, outside
        self._calendars: Mapping[str, Calendar] = {}
        self._calls: set[tuple[CallId, str]] = set()  # rung or talking

    def use_calendars(self, calendars: Mapping[str, Calendar]) -> None:
        """Take the opening hours that departments name."""
        self._calendars = calendars

    # -- how it stands ---------------------------------------------------------------------------------------------

    def known(self, key: str) -> Department | None:
        """Return what the directory says of a department."""
        return self._directory().departments.get(key)

    def is_open(self, key: str) -> bool:
        """Return whether a department is open now."""
        department = self.known(key)
        if department is None or department.hours is None:
            return department is not None
        calendar = self._calendars.get(department.hours)
        if calendar is None:  # the check knows better; callers are not to suffer
            log.warning("department.no_calendar", department=key, calendar=department.hours)
            return True
        return is_open(calendar, self._clock.now())

    def refusal(self, key: str, by: AgentId | None = None) -> Refused | None:
        """Return why a department is not to be rung now, None when it is. ``by``: the agent who wants it; None: a flow,
        a queue's overflow or a supervisor's order, which may."""
        department, directory = self.known(key), self._directory()
        if department is None:
            return Refused.UNKNOWN
        who = None if by is None else directory.people.get(by)
        if department.may_call is not None and by is not None and (
            who is None or not department.may_call.allows(who.role, directory.team_of(by))
        ):  # fmt: skip
            return Refused.NOT_ALLOWED
        if not self.is_open(key):
            return Refused.CLOSED
        if not self.target(key).ways:
            return Refused.UNREACHABLE
        full = department.max_calls is not None and self.calls()[key] >= department.max_calls
        return Refused.FULL if full else None

    def rule(self, key: str, why: Refused | RingOutcome) -> Rule:
        """Return what is done for a caller whom a department does not take for this reason."""
        department = self.known(key)
        if department is None or why in (Refused.NOT_ALLOWED, Refused.UNKNOWN):
            return _BACK
        rule = Rule.of(
            department.closed if why is Refused.CLOSED else department.busy if why in _BUSY else department.no_answer
        )
        return _BACK if rule.act is Act.DEPARTMENT and self.known(rule.name) is None else rule

    def target(self, key: str) -> Target:
        """Return a department with the telephones that can be rung, in their order."""
        department = self.known(key)
        phones = () if department is None else department.telephones
        ring_s = 0.0 if department is None else department.ring_s
        return Target(Kind.DEPARTMENT, key, tuple(way for each in phones if (way := self._way(each, ring_s))))

    def _way(self, phone: Phone, ring_s: float) -> Way | None:
        if phone.seat is not None:
            return Way(self._seat_address(SeatId(phone.seat)), phone.seat, phone.ring_s or ring_s)
        number = phone.number or ""
        address = self._outside(number)
        return None if address is None else Way(address, number, phone.ring_s or ring_s)

    # -- whom an agent means ---------------------------------------------------------------------------------------

    def find(self, key: str, by: AgentId | None, *, to_ring: bool) -> Target:
        """Return the department to be rung for a wish: it, or the one that its rules name instead. ``to_ring``: it must
        be a telephone; else its rules may have the caller leave a message, or make a ticket. Raises ``NoTarget``."""
        refused = self.refusal(key, by)
        at, why, been = key, refused, {key}
        while why is not None:
            rule = self.rule(at, why)
            if rule.act in (Act.VOICEMAIL, Act.TICKET) and not to_ring:
                return Target(Kind.DEPARTMENT, at)
            if rule.act is not Act.DEPARTMENT or rule.name in been:
                raise NoTarget(f"talk.{refused}", self._told(key, refused))
            at = rule.name
            been.add(at)
            why = self.refusal(at)
        return self.target(at)

    def _told(self, key: str, why: Refused | None) -> str:
        return f"department {key!r} {_WORDS[why]}" if why in _WORDS else f"no department {key!r}"

    def instead(self, call: CallId, tried: Sequence[str], outcome: RingOutcome) -> Target | None:
        """Return the department that is rung when the last of ``tried`` was rung in vain, and count the call there;
        None: there is none, and an agent hears why."""
        rule = self.rule(tried[-1], outcome)
        self.give_back(call, tried[-1])
        if rule.act is not Act.DEPARTMENT:
            return None
        try:
            target = self.find(rule.name, None, to_ring=True)
        except NoTarget as error:
            log.info("department.not_instead", call=call, why=str(error))
            return None
        return target if target.key not in tried and self.take(call, target.key) else None

    # -- counting calls --------------------------------------------------------------------------------------------

    def calls(self) -> Counter[str]:
        """Return how many calls each department has, ringing ones included."""
        return Counter(key for _, key in self._calls)

    def take(self, call: CallId, key: str) -> bool:
        """Count a call, which is about to ring there; False: it would be one too many."""
        department = self.known(key)
        limit = None if department is None else department.max_calls
        if (call, key) not in self._calls and limit is not None and self.calls()[key] >= limit:
            return False
        self._calls.add((call, key))
        return True

    def give_back(self, call: CallId, key: str) -> None:
        """A call is there no more."""
        self._calls.discard((call, key))

    def observe(self, event: Event) -> None:
        """Take an event of any call: so that nothing is counted for ever, and calls of a former service are."""
        match event:
            case PartyInvited() if event.party.startswith(_PARTY):
                self._calls.add((event.call, event.party.removeprefix(_PARTY)))
            case PassedOn():
                self._calls.add((event.call, event.party))
            case PartyLeft() if event.party.startswith(_PARTY):
                self.give_back(event.call, event.party.removeprefix(_PARTY))
            case CallEnded() | Together(groups=[]):  # with nobody any more; who is to be rung is invited after that
                self._calls = {taken for taken in self._calls if taken[0] != event.call}
            case _:
                pass

    def restore(self, events: Iterable[Event]) -> None:
        """Take what a call has lived under a former service."""
        for event in events:
            self.observe(event)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """Return every department as it stands now; keys are stable."""
        calls = self.calls()
        return [self._row(key, each, calls[key]) for key, each in self._directory().departments.items()]

    def _row(self, key: str, department: Department, calls: int) -> dict[str, Any]:
        may = department.may_call
        return {
            "department": key,
            "code": department.code,
            "name": department.zh,
            "name_en": department.en,
            "open": self.is_open(key),
            "hours": department.hours,
            "calls": calls,
            "max_calls": department.max_calls,
            "phones": [
                {"number": phone.number, "seat": phone.seat, "ring_s": phone.ring_s or department.ring_s,
                 "reachable": self._way(phone, department.ring_s) is not None}
                for phone in department.telephones
            ],
            "closed": department.closed,
            "busy": department.busy,
            "no_answer": department.no_answer,
            "may_call": None if may is None else may.model_dump(mode="json"),
            "hotline": department.hotline,
        }  # fmt: skip


def departments_of(
    settings: Settings, directory: Callable[[], Directory], seat_address: Callable[[SeatId], Address], clock: Clock
) -> DepartmentBook:
    """Return the book of an installation, with its opening hours. Raises ``FlowErrors`` when these have mistakes."""
    book = DepartmentBook(directory, clock, seat_address=seat_address, outside=partial(outside_address, settings))
    book.use_calendars(calendars_of(settings.files.dialplans))
    return book
