"""A report: all figures of a day, week or month, computed from its facts. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from tickets.reporting.categories import CategoryCount
from tickets.reporting.concerns import Concerns, concerns
from tickets.reporting.facts import CallFact, Facts
from tickets.reporting.figures import Figure, Rules, first_contact, judged, of_the_field, service_complaints
from tickets.reporting.levels import Level, levels
from tickets.reporting.matters import count_orders
from tickets.reporting.period import Period, Span
from tickets.reporting.promises import count_promises
from tickets.reporting.tally import GroupRow, Tally
from tickets.reporting.workload import Workload

_SUBJECTS = 20
_HOURS = tuple(f"{hour:02d}" for hour in range(24))


class Ending(StrEnum):
    """Where callers' calls end."""

    AGENT = "agent"  # talked to an agent, and that was all
    THREE_WAY = "three_way"  # a department joined the talk
    DISPATCHED = "dispatched"  # talked to an agent, and the ticket was dispatched to a department (so far)
    PASSED_ON = "passed_on"  # the flow passed the caller on, without an agent
    SELF_SERVED = "self_served"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"  # left the line to be called back
    ABANDONED_QUEUE = "abandoned_queue"
    ABANDONED_MENU = "abandoned_menu"
    TURNED_AWAY = "turned_away"  # more came than could be carried
    FAILED = "failed"


class Report(BaseModel):
    """All figures of a time. Calls belong to the time in which they arrived; the figures count callers' calls that have
    ended, ``running``, ``outbound`` and ``callbacks`` (calls that the hotline made) are told apart."""

    model_config = ConfigDict(frozen=True)

    span: Span
    first: str
    last: str
    time_zone: str
    start: float
    end: float
    until: float  # the end, or now where it is still to come
    rules: Rules
    arrived: int
    running: int
    outbound: int
    callbacks: int
    judged: list[Figure]
    field: list[Figure]
    levels: list[Level]
    endings: dict[Ending, int]
    by_queue: list[GroupRow]
    by_skill: list[GroupRow]  # a call counts under each skill that it needed
    by_agent: list[GroupRow]  # under the last agent who talked
    by_department: list[GroupRow]  # under each that joined, or was passed on to
    by_hour: list[GroupRow]  # of day, by arrival
    arrivals: list[list[int]]  # by day of week (Monday first) and hour of day
    subjects: list[tuple[str, int]]  # the most frequent first
    concerns: Concerns
    categories: list[CategoryCount] = []  # of tickets made in the time, the most frequent first


def compute(facts: Facts, period: Period, rules: Rules, now: float) -> Report:
    """Return all figures."""
    callers = [call for call in facts.calls if call.direction == "inbound"]
    ended = [call for call in callers if call.over]
    directions = Counter(call.direction for call in facts.calls)
    workload = Workload(facts.spans, period)
    hours = period.hours()

    def groups(names: Callable[[CallFact], Iterable[str]]) -> list[GroupRow]:
        return _rows(_tallies(ended, rules, names))

    by_hour = _tallies(ended, rules, lambda call: (_HOURS[hours[period.hour_index(call.arrived_at)][0]],))
    whole = Tally(rules.threshold_s, rules.short_abandon_s)
    for tally in by_hour.values():
        whole.absorb(tally)
    by_agent = _tallies(ended, rules, lambda call: (call.agent,) if call.answered and call.agent else ())
    subjects = Counter(call.subject for call in ended if call.subject)
    counted = count_orders(facts.orders, facts.texts, period, now)
    until = min(period.end, max(now, period.start))
    return Report(
        span=period.span, first=period.first.isoformat(), last=period.last.isoformat(), time_zone=str(period.zone),
        start=period.start, end=period.end, until=until, rules=rules,
        arrived=len(callers), running=len(callers) - len(ended), outbound=directions["outbound"],
        callbacks=directions["callback"], judged=judged(
            whole, counted, first_contact(ended), service_complaints(facts.service_complaints, ended, rules)
        ),
        field=of_the_field(whole, workload, count_promises(ended)),
        levels=levels(ended, rules.threshold_s), endings=_endings(ended),
        by_queue=groups(lambda call: (call.queue,) if call.asked else ()), by_skill=_rows(_by_skill(ended, rules)),
        by_agent=[by_agent[name].row(name, workload.of_agent(name)) for name in sorted(by_agent)],
        by_department=groups(lambda call: set(call.departments)),
        by_hour=[_hour(by_hour, hour, rules, workload) for hour in range(24)],
        arrivals=_arrivals(callers, period, hours),
        subjects=sorted(subjects.items(), key=lambda item: (-item[1], item[0]))[:_SUBJECTS],
        concerns=concerns(
            facts.raised, facts.late, period, until, (rules.repeat_times, rules.repeat_days)
        ).model_copy(update={"urgent": facts.urgent}),
    )  # fmt: skip


def ending(call: CallFact) -> Ending:
    """Return where a call that has ended did so."""
    if call.connected_at is not None and call.dispatched:
        return Ending.DISPATCHED
    if call.connected_at is not None:
        return Ending.THREE_WAY if call.departments else Ending.AGENT
    if call.departments or call.outcome == "answered":
        return Ending.PASSED_ON
    return Ending(call.outcome) if call.outcome in set(Ending) else Ending.FAILED


def _endings(ended: Iterable[CallFact]) -> dict[Ending, int]:
    found = Counter(ending(call) for call in ended)
    return {each: found[each] for each in Ending}


def _tallies(calls: Iterable[CallFact], rules: Rules, names: Callable[[CallFact], Iterable[str]]) -> dict[str, Tally]:
    found: dict[str, Tally] = defaultdict(lambda: Tally(rules.threshold_s, rules.short_abandon_s))
    for call in calls:
        for name in names(call):
            found[name].add(call)
    return found


def _by_skill(calls: Iterable[CallFact], rules: Rules) -> dict[str, Tally]:
    """Count each call under every skill that it needed; many need the same ones."""
    found: dict[str, Tally] = defaultdict(lambda: Tally(rules.threshold_s, rules.short_abandon_s))
    of_needs: dict[tuple[str, ...], Tally] = defaultdict(lambda: Tally(rules.threshold_s, rules.short_abandon_s))
    for call in calls:
        if call.needs:
            of_needs[call.needs].add(call)
    for needs, tally in of_needs.items():
        for skill in needs:
            found[skill].absorb(tally)
    return found


def _rows(tallies: dict[str, Tally]) -> list[GroupRow]:
    return [tallies[name].row(name) for name in sorted(tallies, key=lambda n: (-tallies[n].calls, n))]


def _hour(tallies: dict[str, Tally], hour: int, rules: Rules, workload: Workload) -> GroupRow:
    name = _HOURS[hour]
    tally = tallies.get(name) or Tally(rules.threshold_s, rules.short_abandon_s)
    return tally.row(name, workload.of_hour(hour))


def _arrivals(callers: Iterable[CallFact], period: Period, hours: list[tuple[int, int]]) -> list[list[int]]:
    found = [[0] * 24 for _ in range(7)]
    for call in callers:
        hour, weekday = hours[period.hour_index(call.arrived_at)]
        found[weekday][hour] += 1
    return found
