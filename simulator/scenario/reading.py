"""Reads a scenario's file; each mistake is told with its line, for people who do not program."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import soundfile
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import ScalarNode

from simulator.load_profile import SeatPlan
from simulator.media.sounds import load
from simulator.scenario.arriving import Day, DayMistake, arrival_times
from simulator.scenario.model import Scenario
from simulator.scenario.recorded import RecordedCall
from simulator.scenario.wording import message, worded
from simulator.scenario.written import WrittenFloat, WrittenInt

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
        raise ScenarioMistakes(worded(tree, path, error)) from error
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
            f"--{name} {changed[name]}: {message(one, (name,))}"
            for one in error.errors(include_url=False)
            if (name := str(one["loc"][0])) in changed
        ) from error
    return replace(read, scenario=scenario)


def scenario_schema() -> str:
    """Return the JSON Schema of scenarios, for editors."""
    return json.dumps(Scenario.model_json_schema(), ensure_ascii=False, indent=1) + "\n"


def read_accounts(path: Path) -> list[SeatPlan]:
    """Return the seats of a CSV file: account, secret, agent, pin. Raises ``ScenarioMistakes``.

    Blank lines are passed over.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ScenarioMistakes([f"{path}: cannot be read: {error}"]) from error
    if not rows or not {"account", "secret"} <= set(rows[0][1]):
        raise ScenarioMistakes([f"{path}:1: the first line must name account and secret (and agent, pin, if wanted)"])
    if told := [f"{path}:{line}: {lacks}" for line, row in rows if (lacks := _lacks(row))]:
        raise ScenarioMistakes(told)
    return [SeatPlan(r["account"], r["secret"], r.get("agent") or "", r.get("pin") or "") for _, r in rows]


def _lacks(row: Mapping[str, str | None]) -> str:
    """Return what an account cannot register without, "" when it has all: a registrar would let it wait for 32 s."""
    account = (row["account"] or "").strip()
    if not account:
        return "there is no account: write which one registers, or leave the line out"
    return "" if (row["secret"] or "").strip() else f"account {account} has no secret: write its SIP password"


def _unusable_files(scenario: Scenario, path: Path) -> Iterator[str]:
    for name in dict.fromkeys(scenario.files()):
        if not (path.parent / name).is_file():
            yield f"{path}: there is no file {name} beside it"
        elif not _is_sound(path.parent / name):
            yield f"{path}: {name} is no sound file, or an empty one: save it as WAV"
    if isinstance(day := scenario.arrivals, Day):
        try:
            if next(arrival_times(day, 1, scenario.seed, path.parent), None) is None:
                yield f"{path}: arrivals: {day.file} has no call from {day.begins} to {day.ends}: choose other hours"
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
    yaml.Constructor = _AsWritten
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


class _NoAliases(Composer):
    """Refuses names (``&x``, ``*x``): a few lines of them can make millions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the node that comes next."""
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise MarkedYAMLError(problem="names (& and *) are not used here", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


class _AsWritten(RoundTripConstructor):
    """Keeps how numbers are written: ``press: 012`` presses three digits."""

    def construct_yaml_int(self, node: ScalarNode) -> Any:
        """Return a whole number."""
        number = WrittenInt(super().construct_yaml_int(node))
        number.written = node.value
        return number

    def construct_yaml_float(self, node: ScalarNode) -> Any:
        """Return another number."""
        number = WrittenFloat(super().construct_yaml_float(node))
        number.written = node.value
        return number


_AsWritten.add_constructor("tag:yaml.org,2002:int", _AsWritten.construct_yaml_int)
_AsWritten.add_constructor("tag:yaml.org,2002:float", _AsWritten.construct_yaml_float)
