"""What the directory's model alone cannot see: names that are nowhere listed, and numbers that are used twice."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from agents.department_checks import department_mistakes
from agents.directory import Directory
from agents.neighbours import neighbour_faults
from agents.queue_checks import queue_faults
from agents.wording import Mistake, did_you_mean, mistake_at
from agents.words import as_text


def cross_checks(
    directory: Directory, tree: Any, file: str, calendars: Collection[str] | None = None
) -> Iterator[Mistake]:
    """Yield every mistake; ``tree`` is the file as YAML read it, ``file`` its name, ``calendars`` the names of opening
    hours (None: not known)."""
    yield from _queues(directory, tree, file)
    for agent, person in directory.people.items():
        for skill in person.skills:
            if skill not in directory.skills:
                remedy = did_you_mean(skill, directory.skills) or "list it under 'skills' first"
                place = ("people", agent, "skills", skill)
                yield mistake_at(tree, file, place, f"the skill '{skill}' is not known", remedy)
    for part in ("people", "teams"):
        yield from _written_twice(tree, file, part)
    codes = {key: department.code for key, department in directory.departments.items()}
    yield from _taken(tree, file, "departments", "code", codes)
    queue_codes = {key: queue.code for key, queue in directory.queues.items() if queue.code is not None}
    yield from _taken(tree, file, "queues", "code", queue_codes)
    yield from _taken(tree, file, "breaks", "number", {key: r.number for key, r in directory.breaks.items()})
    yield from department_mistakes(directory, tree, file, calendars)
    yield from _teams(directory, tree, file)
    yield from _boxes(directory, tree, file)
    for key in sorted({"login", "missed", "aside"} & set(directory.breaks)):
        message = "is a reason that the engine itself uses"
        yield mistake_at(tree, file, ("breaks", key), message, "choose another key")


def _queues(directory: Directory, tree: Any, file: str) -> Iterator[Mistake]:
    teams = directory.team_names()
    for name, queue in directory.queues.items():
        for place, message, remedy in queue_faults(
            queue, directory.skills, teams, directory.queues, directory.departments
        ):
            yield mistake_at(tree, file, ("queues", name, *place), message, remedy)
        for number, rule in enumerate(queue.overflow):
            if rule.to == f"queue:{name}":
                place = ("queues", name, "overflow", number, "to")
                yield mistake_at(tree, file, place, "callers are in this queue already", "name another queue")
    for added, message, remedy in neighbour_faults(directory):
        yield mistake_at(tree, file, added, message, remedy)


def _boxes(directory: Directory, tree: Any, file: str) -> Iterator[Mistake]:
    """Yield people, queues and seats that are to be told of messages and do not exist."""
    seats = f"seats are {directory.seats.first} to {directory.seats.last}"
    for key, box in directory.voicemail.items():
        listed: tuple[tuple[str, Iterable[str], Collection[str], str], ...] = (
            ("agents", box.tell.agents, directory.people, "list them under 'people' first"),
            ("queues", box.tell.queues, directory.queues, f"there are: {', '.join(directory.queues)}"),
            ("seats", box.tell.seats, directory.seat_ids(), seats),
        )
        for kind, named, known, remedy in listed:
            for number, name in enumerate(named):
                if name not in known:
                    place = ("voicemail", key, "tell", kind, number)
                    near = did_you_mean(name, known) if kind == "queues" else ""
                    yield mistake_at(tree, file, place, f"there is no {kind[:-1]} {name!r}", near or remedy)


def _teams(directory: Directory, tree: Any, file: str) -> Iterator[Mistake]:
    """Yield teams that do not exist, members who do not, and people who are in two teams."""
    teams = directory.teams
    for name, shift in directory.shifts.items():
        for i, team in enumerate(shift.teams):
            if team not in teams:
                remedy = did_you_mean(team, teams) or "list it under 'teams' first"
                yield mistake_at(tree, file, ("shifts", name, "teams", i), f"the team '{team}' is not known", remedy)
    for agent, person in directory.people.items():
        if teams and person.team and person.team not in teams:
            remedy = did_you_mean(person.team, teams) or "list it under 'teams' first"
            yield mistake_at(tree, file, ("people", agent, "team"), f"the team '{person.team}' is not known", remedy)
    in_team = {agent: person.team for agent, person in directory.people.items()}
    for key, listed in teams.items():
        for i, agent in enumerate(listed.members):
            place = ("teams", key, "members", i)
            if agent not in directory.people:
                yield mistake_at(tree, file, place, f"there is nobody with the id {agent}", "check the number")
                continue
            in_team[agent] = in_team[agent] or key
            if in_team[agent] != key:
                message = f"{agent} is in the team '{in_team[agent]}' already"
                yield mistake_at(tree, file, place, message, "remove one of the two")


def _written_twice(tree: Any, file: str, part: str) -> Iterator[Mistake]:
    """Yield keys that are the same but for quotes: of ``2001`` and ``"2001"`` only one would be left."""
    first: dict[object, Any] = {}
    for key in tree.get(part) or ():
        text = as_text(key)
        if text in first:
            line = tree[part].lc.key(key)[0] + 1
            message = f"is written twice, here and on line {tree[part].lc.key(first[text])[0] + 1}"
            yield Mistake(file, line, f"{part}.{text}", message, "remove one, or give it another key")
        first.setdefault(text, key)


def _taken(tree: Any, file: str, part: str, key: str, values: dict[str, Any]) -> Iterator[Mistake]:
    seen: dict[Any, str] = {}
    for name, value in values.items():
        if value in seen:
            yield mistake_at(tree, file, (part, name, key), f"{value} is taken by '{seen[value]}'", "choose another")
        seen.setdefault(value, name)
