"""Reads ``directory.yaml`` and words each mistake so that somebody who is no programmer can mend it."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from agents.directory import Directory
from agents.queue_checks import queue_faults
from agents.words import Strict

Place = tuple[str | int, ...]

_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a file: where, what, and what to do about it."""

    file: str
    line: int  # 1 is the first
    key: str  # dotted path, "" for the whole file
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: {self.key}: " if self.key else f"{self.file}:{self.line}: "
        return where + self.message + (f" ({self.remedy})" if self.remedy else "")


class DirectoryError(Exception):
    """The directory cannot be used; ``mistakes`` lists everything found."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in mistakes))


def load_directory(path: Path) -> Directory:
    """Return the directory in ``path``; raises ``DirectoryError`` with every mistake found."""
    file = str(path)
    try:
        with path.open("rb") as opened:
            raw = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise DirectoryError(
            [Mistake(file, 1, "", f"cannot be read: {error.strerror or error}", "check name and rights")]
        ) from error
    if len(raw) > _MOST_BYTES:
        raise DirectoryError(
            [Mistake(file, 1, "", f"is larger than {_MOST_BYTES // 1024} KiB", "is it the right file?")]
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        remedy = "save the file as UTF-8 (in the editor: 'save with encoding'); often it was saved as GBK"
        raise DirectoryError([Mistake(file, line, "", "is not UTF-8 text", remedy)]) from error
    return parse_directory(text, file)


def parse_directory(text: str, file: str) -> Directory:
    """Return the directory written in ``text``; ``file`` names it in mistakes."""
    tree = _yaml(text, file)
    try:
        directory = Directory.model_validate(tree)
    except ValidationError as error:
        raise DirectoryError([_worded(tree, file, dict(e)) for e in error.errors()]) from error
    mistakes = list(_cross_check(directory, tree, file))
    if mistakes:
        raise DirectoryError(mistakes)
    return directory


def _yaml(text: str, file: str) -> Any:
    yaml = YAML(typ="rt", pure=True)
    yaml.Composer = _NoAliases
    try:
        tree = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        remedy = "check indentation, colons and quotes on this line and the one before"
        raise DirectoryError([Mistake(file, line, "", f"not valid YAML: {error.problem}", remedy)]) from error
    except (YAMLError, ValueError, TypeError, KeyError, AttributeError, AssertionError, RecursionError, IndexError,
            NotImplementedError, OverflowError) as error:  # fmt: skip
        remedy = "check indentation, colons and quotes"
        raise DirectoryError([Mistake(file, 1, "", f"not valid YAML: {str(error)[:200]}", remedy)]) from error
    if not isinstance(tree, dict):
        raise DirectoryError([Mistake(file, 1, "", "is not a mapping", "begin with 'skills:', 'queues:', 'people:'")])
    return tree


class _NoAliases(Composer):
    """Refuses names (``&x``, ``*x``): a few lines of them can make millions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the node that comes next."""
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise MarkedYAMLError(problem="names (& and *) are not used here", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _line(tree: Any, place: Place) -> int:
    """Return the line of a key, or of its nearest parent that exists."""
    line, node = 1, tree
    for part in place:
        if not isinstance(node, CommentedBase):
            break
        key = _actual_key(node, part)
        if key is None:
            break
        lc: Any = node.lc
        if isinstance(node, dict) and key not in (lc.data or {}):
            break  # merged in by '<<': stands nowhere itself
        line = lc.key(key)[0] + 1 if isinstance(node, dict) else lc.item(key)[0] + 1
        node = node[key]  # type: ignore[index]
    return int(line)


def _actual_key(node: Any, part: str | int) -> Any:
    """Return the key as YAML read it: ``2001`` is a number there and text in the model."""
    if isinstance(node, dict):
        return next((key for key in node if key == part or str(key) == str(part)), None)
    return part if isinstance(part, int) and part < len(node) else None


def _worded(tree: Any, file: str, error: dict[str, Any]) -> Mistake:
    place: Place = tuple(part for part in error["loc"] if part != "[key]" and not str(part).startswith("<"))
    key = ".".join(str(part) for part in place)
    line = _line(tree, place)
    given = error.get("input")
    match error["type"]:
        case "missing":
            return Mistake(file, line, key, "is missing", f"add '{place[-1]}:'")
        case "extra_forbidden":
            remedy = _did_you_mean(str(place[-1]), _known_keys(place)) or "remove it or check its spelling"
            return Mistake(file, line, key, "is not known here", remedy)
        case "string_pattern_mismatch":
            return Mistake(file, line, key, f"{given!r} has not the right form", f"expected {_form(place)}")
        case "value_error":
            message, _, remedy = str(error["ctx"]["error"]).partition(": ")
            return Mistake(file, line, key, message, remedy)
        case _:
            message = f"{_short(given)}: {error['msg'][:1].lower()}{error['msg'][1:]}"
            return Mistake(file, line, key, message, _remedy(error["type"], error.get("ctx", {})))


def _remedy(kind: str, context: dict[str, Any]) -> str:
    """Return what to write instead, for the kinds of error that pydantic itself words."""
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for bound, words in bounds.items():
        if bound in context:
            return f"write a number that is {words} {context[bound]:g}"
    kinds = {"int": "write a whole number", "float": "write a number", "string": "write a text, in quotes"}
    kinds |= {"dict": "write 'key: value' lines, indented", "model": "write 'key: value' lines, indented"}
    return next((remedy for start, remedy in kinds.items() if kind.startswith(start)), "see docs and the shipped file")


def _form(place: Place) -> str:
    forms = {"code": 'two digits, such as "01"', "pin": "four to eight digits", "number": "digits only",
             "to": "'queue:<key>', 'department:<key>' or 'voicemail'"}  # fmt: skip
    return forms.get(str(place[-1]), "three to eight digits" if place[0] == "people" else "digits only")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _known_keys(place: Place) -> list[str]:
    model: type[Strict] = Directory
    for part in place[:-1]:
        field = model.model_fields.get(str(part))
        if field is None:
            continue  # a key chosen by the author: its model was found one step before
        inner = _model_in(field.annotation)
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[Strict] | None:
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def _cross_check(directory: Directory, tree: Any, file: str) -> Iterable[Mistake]:
    """Yield what the model alone cannot see: unknown skills, numbers used twice, seats that are not ours."""
    for name, queue in directory.queues.items():
        for place, message, remedy in queue_faults(
            queue, directory.skills, directory.team_names(), directory.queues, directory.departments
        ):
            yield _at(tree, file, ("queues", name, *place), message, remedy)
    for agent, person in directory.people.items():
        for skill in person.skills:
            if skill not in directory.skills:
                remedy = _did_you_mean(skill, directory.skills) or "list it under 'skills' first"
                yield _at(tree, file, ("people", agent, "skills", skill), f"the skill '{skill}' is not known", remedy)
    codes = {key: department.code for key, department in directory.departments.items()}
    yield from _twice(tree, file, "departments", "code", codes)
    yield from _twice(tree, file, "breaks", "number", {key: r.number for key, r in directory.breaks.items()})
    for key, department in directory.departments.items():
        if department.seat is not None and department.seat not in directory.seat_ids():
            remedy = f"seats are {directory.seats.first} to {directory.seats.last}"
            yield _at(tree, file, ("departments", key, "seat"), f"seat {department.seat} does not exist", remedy)
    yield from _check_teams(directory, tree, file)
    own = {"login", "missed", "aside"} & set(directory.breaks)
    for key in sorted(own):
        yield _at(tree, file, ("breaks", key), "is a reason that the engine itself uses", "choose another key")


def _check_teams(directory: Directory, tree: Any, file: str) -> Iterable[Mistake]:
    """Yield teams that do not exist, members who do not, and people who are in two teams."""
    teams = directory.teams
    for name, shift in directory.shifts.items():
        for i, team in enumerate(shift.teams):
            if team not in teams:
                remedy = _did_you_mean(team, teams) or "list it under 'teams' first"
                yield _at(tree, file, ("shifts", name, "teams", i), f"the team '{team}' is not known", remedy)
    for agent, person in directory.people.items():
        if teams and person.team and person.team not in teams:
            remedy = _did_you_mean(person.team, teams) or "list it under 'teams' first"
            yield _at(tree, file, ("people", agent, "team"), f"the team '{person.team}' is not known", remedy)
    for key, listed in teams.items():
        for i, agent in enumerate(listed.members):
            place = ("teams", key, "members", i)
            if agent not in directory.people:
                yield _at(tree, file, place, f"there is nobody with the id {agent}", "check the number")
            elif directory.team_of(agent) != key:
                other = directory.team_of(agent)
                yield _at(tree, file, place, f"{agent} is in the team '{other}' already", "remove one of the two")


def _twice(tree: Any, file: str, part: str, key: str, values: dict[str, Any]) -> Iterable[Mistake]:
    seen: dict[Any, str] = {}
    for name, value in values.items():
        if value in seen:
            yield _at(tree, file, (part, name, key), f"{value} is taken by '{seen[value]}'", "choose another")
        seen.setdefault(value, name)


def _at(tree: Any, file: str, place: Place, message: str, remedy: str) -> Mistake:
    return Mistake(file, _line(tree, place), ".".join(str(part) for part in place), message, remedy)
