"""Reads a scenario's file; each mistake is told with its line, for people who do not program."""

import csv
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import soundfile
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from simulator.load_profile import SeatPlan
from simulator.media.sounds import load
from simulator.scenario.arriving import Day, DayMistake, day_moments
from simulator.scenario.model import Scenario
from simulator.scenario.recorded import RecordedCall

_MOST_BYTES = 1024 * 1024


class ScenarioMistakes(ValueError):
    """A scenario cannot be used; each line of ``told`` names the place and what is wrong there."""

    def __init__(self, told: Iterable[str]) -> None:
        self.told = tuple(told)
        super().__init__("\n".join(self.told))


@dataclass(frozen=True, slots=True)
class Read:
    """A scenario with the folder in which the files that it names lie."""

    scenario: Scenario
    folder: Path
    recorded: tuple[RecordedCall, ...] = ()  # the day that is replayed


def read_scenario(path: Path) -> Read:
    """Return the scenario in ``path``; raises ``ScenarioMistakes`` with every mistake found."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ScenarioMistakes([f"{path}: is larger than {_MOST_BYTES // 1024} KiB: is it the right file?"])
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScenarioMistakes([f"{path}: cannot be read: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ScenarioMistakes([f"{path}: is not UTF-8 text: save it as UTF-8"]) from error
    tree = _yaml(text, path)
    try:
        scenario = Scenario.model_validate(tree)
    except ValidationError as error:
        raise ScenarioMistakes(_worded(tree, path, error)) from error
    if found := list(_unusable_files(scenario, path)):
        raise ScenarioMistakes(found)
    return Read(scenario, path.parent)


def with_changes(read: Read, changed: Mapping[str, Any]) -> Read:
    """Return the scenario with some of its keys changed, each checked as what is written in the file.

    Raises ``ScenarioMistakes``; places are told as options of a command (``--calls``).
    """
    try:
        scenario = Scenario.model_validate({**dict(read.scenario), **changed})
    except ValidationError as error:
        raise ScenarioMistakes(
            f"--{name} {changed[name]}: {_message(one['type'], one['msg'], name)}"
            for one in error.errors(include_url=False)
            if (name := str(one["loc"][0])) in changed
        ) from error
    return replace(read, scenario=scenario)


def scenario_schema() -> str:
    """Return the JSON Schema of scenarios, for editors."""
    return json.dumps(Scenario.model_json_schema(), ensure_ascii=False, indent=1) + "\n"


def read_accounts(path: Path) -> list[SeatPlan]:
    """Return the seats of a CSV file: account, secret, agent, pin. Raises ``ScenarioMistakes``."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ScenarioMistakes([f"{path}: cannot be read: {error}"]) from error
    if not rows or not {"account", "secret"} <= set(rows[0]):
        raise ScenarioMistakes([f"{path}:1: the first line must name account and secret (and agent, pin, if wanted)"])
    return [SeatPlan(r["account"], r["secret"], r.get("agent") or "", r.get("pin") or "") for r in rows]


def _unusable_files(scenario: Scenario, path: Path) -> Iterator[str]:
    for name in dict.fromkeys(scenario.files()):
        if not (path.parent / name).is_file():
            yield f"{path}: there is no file {name} beside it"
        elif not _is_sound(path.parent / name):
            yield f"{path}: {name} is no sound file, or an empty one: save it as WAV"
    if isinstance(scenario.arrivals, Day):
        try:
            day_moments(path.parent / scenario.arrivals.file, random.Random(0))
        except DayMistake as error:
            yield f"{path}: arrivals: {error}"
    for name, kind in scenario.agents.items():
        if kind.accounts is None:
            continue
        try:
            have = len(read_accounts(path.parent / kind.accounts))
        except ScenarioMistakes as error:
            yield from error.told
            continue
        if have < kind.count:
            yield f"{path}: agents.{name}: {kind.count} are wanted, but {kind.accounts} has {have}"


def _is_sound(path: Path) -> bool:
    try:
        return len(load(path)) > 0
    except (soundfile.SoundFileError, OSError, ValueError, TypeError):  # TypeError: of a name like x.raw
        return False


def _yaml(text: str, path: Path) -> Any:
    yaml = YAML(typ="rt", pure=True)
    yaml.Composer = _NoAliases
    try:
        tree = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        problem = (error.problem or "cannot be read").splitlines()[0]
        raise ScenarioMistakes([f"{path}:{line}: not valid YAML: {problem}: check indentation and quotes"]) from error
    except (YAMLError, ValueError, TypeError, RecursionError, KeyError, AttributeError, AssertionError,
            NotImplementedError) as error:  # fmt: skip
        raise ScenarioMistakes([f"{path}:1: not valid YAML: {str(error)[:200]}"]) from error
    if not isinstance(tree, dict):
        raise ScenarioMistakes([f"{path}:1: is no scenario: begin with 'name:', 'callers:', 'arrivals:'"])
    return tree


def _worded(tree: Any, path: Path, error: ValidationError) -> list[str]:
    told = []
    for one in error.errors(include_url=False):
        line, names = _place(tree, one["loc"])
        where = f"{names}: " if names else ""
        told.append(f"{path}:{line}: {where}{_message(one['type'], one['msg'], names)}")
    return told


def _message(kind: str, message: str, names: str) -> str:
    match kind:
        case "extra_forbidden":
            return "there is no such key: see the schema (hotline simulate schema)"
        case "missing":
            return "is missing"
        case "value_error" | "assertion_error":
            return message.removeprefix("Value error, ")
        case _:
            return message[:1].lower() + message[1:]


def _place(tree: Any, loc: tuple[int | str, ...]) -> tuple[int, str]:
    """Return the line of what pydantic means, and its name; its own words (tags of unions) are left out."""
    node, line, names = tree, 1, ""
    for before, part in enumerate(loc):
        last = before == len(loc) - 1
        if before and isinstance(loc[before - 1], int) and isinstance(part, str):
            continue  # the kind of a step
        if _has(node, part):
            line, node = _line(node, part, line), node[part]
        elif not last:
            continue
        names += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return line, names.lstrip(".")


def _has(node: Any, part: int | str) -> bool:
    if isinstance(node, list):
        return isinstance(part, int) and part < len(node)
    return isinstance(node, dict) and part in node


def _line(node: Any, part: int | str, otherwise: int) -> int:
    try:
        return int(node.lc.data[part][0]) + 1
    except (AttributeError, KeyError, TypeError, IndexError):
        return otherwise


class _NoAliases(Composer):
    """Refuses names (``&x``, ``*x``): a few lines of them can make millions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the node that comes next."""
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise MarkedYAMLError(problem="names (& and *) are not used here", problem_mark=event.start_mark)
        return super().compose_node(parent, index)
