"""``hotline whatif --house``: the directory's own people, skills, shifts and queues in virtual time; and days that were
recorded instead of callers at random."""

import csv
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

from agents import Directory, DirectoryError, load_directory
from calls import AgentId
from hotline.queue_plans import plan_of
from hotline.settings import Settings
from simulator.virtual import Agent, Arrival, Plan, Span, arrivals_of

_STEP_S, _DAY_S = 60, 86_400
_LONGEST_S = 366 * _DAY_S  # of a recording; times since 1970 are no seconds from its beginning


@dataclass(frozen=True, slots=True)
class House:
    """A directory as a run sees it. ``mix`` is queue -> share of the callers (any positive numbers)."""

    directory: Directory
    mix: Mapping[str, float]
    begins: datetime  # the time of day at which measuring begins, with its zone
    wrap_up_s: float | None = None  # after every talk, instead of what its queue gives

    @property
    def mean_wrap_up_s(self) -> float:
        """The wrap-up after a talk, on average over the mix."""
        if self.wrap_up_s is not None:
            return self.wrap_up_s
        queues = self.directory.queues
        return sum(share * queues[name].wrap_up_s for name, share in self.mix.items()) / sum(self.mix.values())

    def agents(self, plan: Plan, until_s: float | None = None) -> list[Agent]:
        """Return ``plan.seats`` of the people, every second or third one when there are more, so that all skills are
        among them; those whose team has shifts are there in its planned minutes, and whoever is there at ``until_s``
        (the run's seconds; None: the plan's end) stays until all are served."""
        people = list(self.directory.people)
        if plan.seats > len(people):
            raise ValueError(f"the directory has {len(people)} people: ask for at most so many seats")
        chosen = [people[number * len(people) // plan.seats] for number in range(plan.seats)]
        until = plan.measured[1] if until_s is None else until_s
        by_team: dict[str, tuple[Span, ...]] = {}
        found = []
        for agent in chosen:
            team = self.directory.team_of(agent)
            if team not in by_team:
                by_team[team] = self._present(agent, plan.warm_up_s, until)
            if by_team[team]:
                found.append(Agent(str(agent), self.directory.routing_skills(agent), by_team[team]))
        return found

    def arrivals(self, plan: Plan) -> Iterator[Arrival]:
        """Yield the plan's callers, each for a queue of the mix, asking for what that queue asks for."""
        chance = random.Random(f"{plan.seed}/queues")
        names, weights = list(self.mix), list(self.mix.values())
        for arrival in arrivals_of(plan):
            yield self.asking(arrival, chance.choices(names, weights)[0])

    def asking(self, arrival: Arrival, queue: str) -> Arrival:
        """Return the caller as one for a queue of the directory."""
        settings = self.directory.queues[queue]
        wanted = plan_of(settings)
        return replace(
            arrival, queue=queue, need=wanted.need, stages=wanted.stages, priority=settings.priority,
            target_s=settings.service_level_s,
            wrap_up_s=settings.wrap_up_s if self.wrap_up_s is None else self.wrap_up_s,
        )  # fmt: skip

    def _present(self, agent: AgentId, warm_up_s: float, until_s: float) -> tuple[Span, ...]:
        """Return when somebody is there, in the run's seconds: a span for each stretch of planned minutes, also of the
        day after, for callers who still wait then."""
        start = (self.begins - timedelta(seconds=warm_up_s)).timestamp()
        zone = self.begins.tzinfo
        assert zone is not None
        spans: list[Span] = []
        began: float | None = None
        for at in range(0, math.ceil(until_s) + _DAY_S, _STEP_S):
            if began is not None and at >= until_s and began < until_s:
                break  # stays until all are served
            there = self.directory.planned(agent, start + at, zone) is not False
            if there and began is None:
                began = float(at)
            elif not there and began is not None:
                spans.append(Span(began, float(at)))
                began = None
        return tuple(spans) if began is None else (*spans, Span(began))


def house_of(
    directory: Directory,
    mix: str | None,
    begins: str,
    zone: ZoneInfo,
    today: datetime,
    *,
    wrap_up_s: float | None = None,
) -> House:
    """Return the house; ``mix`` is ``general=70,housing=30`` (None: all queues alike), ``begins`` ``HH:MM`` of today or
    ``YYYY-MM-DD HH:MM``, ``wrap_up_s`` what counts instead of the queues' own. Raises ``ValueError`` with a remedy."""
    queues = directory.queues
    shares: dict[str, float] = {}
    for part in (mix or ",".join(f"{queue}=1" for queue in queues)).split(","):
        name, _, share = part.strip().partition("=")
        if name not in queues:
            raise ValueError(f"--mix: there is no queue {name!r}; there are: {', '.join(queues)}")
        try:
            shares[name] = float(share)
        except ValueError:
            raise ValueError(f"--mix: {part!r} has no share: write it like general=70,housing=30") from None
    if min(shares.values()) < 0 or not any(shares.values()):
        raise ValueError("--mix: shares must be positive numbers")
    moment = _moment(begins, zone, today)
    if moment is None:
        raise ValueError(f"--begins: {begins!r} is no time: write it like 08:00 (today), or 2026-11-30 08:00")
    return House(directory, shares, moment, wrap_up_s)


def _moment(begins: str, zone: ZoneInfo, today: datetime) -> datetime | None:
    """Return when ``HH:MM`` of today is, or of the date before it; None for what is neither."""
    day, _, clock = begins.strip().rpartition(" ")
    day = day.strip() or today.astimezone(zone).date().isoformat()
    try:
        return datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    except ValueError:
        return None


def read_house(file: Path, mix: str | None, begins: str, settings: Settings, wrap_up_s: float | None = None) -> House:
    """Return the house of a directory file. Raises ``ValueError`` with every mistake found."""
    try:
        directory = load_directory(file)
    except DirectoryError as error:
        raise ValueError(str(error)) from error
    zone = ZoneInfo(settings.time_zone)
    return house_of(directory, mix, begins, zone, datetime.now(zone), wrap_up_s=wrap_up_s)


def recorded(file: Path, house: House | None) -> list[Arrival]:
    """Return the callers of a CSV file with the columns ``at_s`` (seconds from the beginning), ``handling_s`` and, if
    wanted, ``patience_s`` and ``queue``. Raises ``ValueError`` with the line."""
    found = []
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file}: is not UTF-8 text") from None
    with StringIO(text, newline="") as opened:
        rows = csv.DictReader(opened)
        missing = {"at_s", "handling_s"} - set(rows.fieldnames or ())
        if missing:
            raise ValueError(f"{file}:1: the column {sorted(missing)[0]!r} is missing")
        for row in _readable(file, rows):
            try:
                arrival = Arrival(
                    _seconds(row["at_s"]), _seconds(row["handling_s"]), _seconds(row.get("patience_s") or "0") or None
                )
            except (TypeError, ValueError):
                raise ValueError(
                    f"{file}:{rows.line_num}: at_s, handling_s and patience_s are seconds, 0 or more"
                ) from None
            if arrival.at_s > _LONGEST_S:
                raise ValueError(f"{file}:{rows.line_num}: at_s counts seconds from the beginning, for a year at most")
            queue = row.get("queue")
            if house is not None:
                named = queue or next(iter(house.mix))
                if named not in house.directory.queues:
                    raise ValueError(f"{file}:{rows.line_num}: there is no queue {named!r}")
                arrival = house.asking(arrival, named)
            found.append(arrival)
    if not found:
        raise ValueError(f"{file}: there is no caller in it")
    return sorted(found, key=lambda arrival: arrival.at_s)


def _readable(file: Path, rows: "csv.DictReader[str]") -> Iterator[dict[str, str]]:
    """Yield the rows; raises ``ValueError`` where the file is no CSV."""
    try:
        yield from rows
    except csv.Error as error:
        raise ValueError(f"{file}:{rows.line_num}: is no CSV: {error}") from None


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise ValueError(text)
    return value
