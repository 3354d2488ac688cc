"""What a department's settings mention and is not there: seats, other departments, teams, calendars; and circles."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from agents.departments import Act, Department
from agents.directory import Directory
from agents.wording import Mistake, did_you_mean, mistake_at
from agents.words import Place

Fault = tuple[Place, str, str]  # place within the departments, what is wrong, the remedy


def department_mistakes(
    directory: Directory, tree: Any, file: str, calendars: Collection[str] | None
) -> Iterator[Mistake]:
    """Yield every mistake. ``calendars`` are those of ``calendars.yaml``; None: it is not known which there are."""
    for key, department in directory.departments.items():
        for place, message, remedy in _faults(key, department, directory, calendars):
            yield mistake_at(tree, file, ("departments", key, *place), message, remedy)


def _faults(
    key: str, department: Department, directory: Directory, calendars: Collection[str] | None
) -> Iterator[Fault]:
    yield from _phones(department, directory)
    yield from _rules(key, directory.departments)
    teams = directory.team_names()
    for number, team in enumerate(department.may_call.teams if department.may_call is not None else ()):
        if team not in teams:
            remedy = did_you_mean(team, teams) or "list it under 'teams' first"
            yield ("may_call", "teams", number), f"the team '{team}' is not known", remedy
    if department.hours is None:
        for rule in {"closed"} & set(department.model_fields_set):
            yield (rule,), "the department is always open", "write 'hours:' with a calendar, or remove this line"
    elif calendars is not None and department.hours not in calendars:
        there = ", ".join(sorted(calendars)) or "none"
        remedy = did_you_mean(department.hours, calendars) or f"calendars.yaml has: {there}"
        yield ("hours",), f"there is no calendar '{department.hours}' in calendars.yaml", remedy


def _phones(department: Department, directory: Directory) -> Iterator[Fault]:
    seats, seen = directory.seat_ids(), set[tuple[str | None, str | None]]()
    for number, phone in enumerate(department.telephones):
        place: Place = ("phones", number) if department.phones else ()
        if phone.seat is not None and phone.seat not in seats:
            remedy = f"seats are {directory.seats.first} to {directory.seats.last}"
            yield (*place, "seat"), f"seat {phone.seat} does not exist", remedy
        if (phone.number, phone.seat) in seen:
            yield place, f"{phone.number or phone.seat} is listed twice", "remove one of the two"
        seen.add((phone.number, phone.seat))


def _rules(key: str, departments: Mapping[str, Department]) -> Iterator[Fault]:
    for name, rule in departments[key].rules().items():
        if rule.act is not Act.DEPARTMENT:
            continue
        if rule.name not in departments:
            there = ", ".join(each for each in departments if each != key) or "none"
            remedy = did_you_mean(rule.name, departments) or f"there are: {there}"
            yield (name,), f"there is no department '{rule.name}'", remedy
        elif (circle := _circle(key, name, departments)) is not None:
            remedy = "let one of them end with 'back', 'voicemail' or 'ticket'"
            yield (name,), f"callers would go round in a circle: {' -> '.join(circle)}", remedy


def _circle(key: str, name: str, departments: Mapping[str, Department]) -> list[str] | None:
    """Return the way by which the same rule leads from a department back to it, or None."""
    way = [key]
    while (now := departments.get(way[-1])) is not None:
        rule = now.rules()[name]
        if rule.act is not Act.DEPARTMENT:
            return None
        way.append(rule.name)
        if rule.name == key:
            return way
        if rule.name in way[:-1]:
            return None  # a circle that this one only leads into: told where it is
    return None
