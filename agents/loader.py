"""Reads ``directory.yaml`` and tells each mistake so that somebody who is no programmer can mend it."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.reader import ReaderError

from agents.cross_checks import cross_checks
from agents.directory import Directory
from agents.neighbours import with_neighbours
from agents.queue_doubts import queue_doubts
from agents.wording import DirectoryError, Mistake, mistake_at, worded
from calls.skills import Skills

__all__ = ["DirectoryError", "Mistake", "directory_doubts", "load_directory", "parse_directory"]

_MOST_BYTES = 1024 * 1024
_MAYBE_NAMES = re.compile(r"^(?:[^\n]*[\s\[{,])?[&*]\S", re.MULTILINE)  # they are refused, by who reads with places
_COMMENT = re.compile(r"^([^\n\"'#]*)#[^\n]*", re.MULTILINE)


def load_directory(path: Path, calendars: Collection[str] | None = None) -> Directory:
    """Return the directory in ``path``; raises ``DirectoryError`` with every mistake found. ``calendars`` are the
    names of opening hours that departments may have (None: any)."""
    return parse_directory(_text(path), str(path), calendars)


def directory_doubts(path: Path, asked: Mapping[str, Skills]) -> list[Mistake]:
    """Return what the directory in ``path``, which has no mistakes, says without effect. ``asked`` are the levels that
    flows ask for, at the most, by queue. Raises ``DirectoryError``."""
    return list(_doubts(_text(path), str(path), asked))


def parse_directory(text: str, file: str, calendars: Collection[str] | None = None) -> Directory:
    """Return the directory written in ``text``; ``file`` names it in mistakes."""
    return with_neighbours(_quickly(text, calendars) or _with_places(text, file, calendars))


def _doubts(text: str, file: str, asked: Mapping[str, Skills]) -> Iterator[Mistake]:
    directory = parse_directory(text, file)
    found = {key: list(queue_doubts(queue, asked.get(key, {}))) for key, queue in directory.queues.items()}
    if any(found.values()):
        tree = _yaml(text, file)
        for key, doubts in found.items():
            for place, message, remedy in doubts:
                yield mistake_at(tree, file, ("queues", key, *place), message, remedy)


def _text(path: Path) -> str:
    """Return what is in a file; raises ``DirectoryError``."""
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
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        remedy = "save the file as UTF-8 (in the editor: 'save with encoding'); often it was saved as GBK"
        raise DirectoryError([Mistake(file, line, "", "is not UTF-8 text", remedy)]) from error


def _quickly(text: str, calendars: Collection[str] | None = None) -> Directory | None:
    """Return the directory if all is right, thrice as fast: libyaml knows no places to tell of in a mistake."""
    if _MAYBE_NAMES.search(_COMMENT.sub(r"\1", text)):
        return None
    try:
        tree = YAML(typ="safe").load(text)
        directory = Directory.model_validate(tree)
        return None if any(cross_checks(directory, tree, "", calendars)) else directory
    except Exception:
        return None


def _with_places(text: str, file: str, calendars: Collection[str] | None = None) -> Directory:
    tree = _yaml(text, file)
    try:
        directory = Directory.model_validate(tree)
    except ValidationError as error:
        raise DirectoryError(worded(tree, file, error)) from error
    mistakes = list(cross_checks(directory, tree, file, calendars))
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
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        message, remedy = _in_words(error.problem or "cannot be read")
        raise DirectoryError([Mistake(file, line, "", message, remedy, column)]) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"not valid YAML: the character {chr(error.character)!r} is not allowed"
        raise DirectoryError([Mistake(file, line, "", message, "remove it")]) from error
    except RecursionError as error:
        message = "not valid YAML: too many brackets or levels in one another"
        raise DirectoryError([Mistake(file, 1, "", message, "check brackets")]) from error
    except (YAMLError, ValueError, TypeError, KeyError, AttributeError, AssertionError, IndexError,
            NotImplementedError, OverflowError) as error:  # fmt: skip
        remedy = "check indentation, colons and quotes"
        raise DirectoryError([Mistake(file, 1, "", f"not valid YAML: {str(error)[:200]}", remedy)]) from error
    if not isinstance(tree, dict):
        raise DirectoryError([Mistake(file, 1, "", "is not a mapping", "begin with 'skills:', 'queues:', 'people:'")])
    return tree


def _in_words(problem: str) -> tuple[str, str]:
    """Return what is wrong, and the remedy, for what the YAML library says."""
    twice = re.match(r'found duplicate key "(.*?)" with value', problem, re.DOTALL)
    if twice is not None:
        return f"'{twice[1]}' is written twice", "remove one of the two, or give it another key"
    if r"'\t'" in problem:
        return "not valid YAML: a tab stands where only spaces may", "indent with spaces"
    return f"not valid YAML: {problem[:200]}", "check indentation, colons and quotes on this line and the one before"


class _NoAliases(Composer):
    """Refuses names (``&x``, ``*x``): a few lines of them can make millions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the node that comes next."""
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise MarkedYAMLError(problem="names (& and *) are not used here", problem_mark=event.start_mark)
        return super().compose_node(parent, index)
