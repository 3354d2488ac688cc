"""A YAML file with its positions, read so that nothing in it can hurt: bounded in size and depth, no aliases."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from ivr.mistakes import FlowErrors, FlowMistake

Place = tuple[str | int, ...]

MOST_BYTES = 256 * 1024
_MOST_DEPTH = 20


class Source:
    """One YAML file: its tree, and where each key stands."""

    def __init__(self, file: str, tree: Any) -> None:
        self.file = file
        self.tree = tree

    def mistake(self, place: Place, message: str, remedy: str = "") -> FlowMistake:
        """Return a mistake at a key, or at its nearest parent that is written."""
        line, column = self.where(place)
        return FlowMistake(self.file, line, column, ".".join(str(part) for part in place), message, remedy)

    def where(self, place: Place) -> tuple[int, int]:
        """Return line and column of a key, or of its nearest parent that is written."""
        line, column, node = 0, 0, self.tree
        for part in place:
            key = _written_key(node, part)
            if key is None or not isinstance(node, CommentedBase):
                break
            lc: Any = node.lc
            line, column = lc.key(key) if isinstance(node, dict) else lc.item(key)
            node = node[key]  # type: ignore[index]
        return int(line) + 1, int(column) + 1


def read_source(path: Path) -> Source:
    """Return a file's tree; raises ``FlowErrors`` when it cannot be read or is no YAML mapping."""
    file = str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FlowErrors([FlowMistake(file, 1, 1, "", f"cannot be read: {error}", "check name and rights")]) from error
    return parse_source(raw, file)


def parse_source(raw: bytes, file: str) -> Source:
    """The same for what was read already."""
    if len(raw) > MOST_BYTES:
        raise _whole(file, f"is larger than {MOST_BYTES // 1024} KiB", "split it into several flows")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        remedy = "save the file as UTF-8 (in the editor: 'save with encoding')"
        raise FlowErrors([FlowMistake(file, line, 1, "", "is not UTF-8 text", remedy)]) from error
    try:
        _guard(text, file)
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        raise FlowErrors([_syntax(file, error)]) from error
    except FlowErrors:
        raise
    except (YAMLError, ValueError, TypeError, KeyError, AttributeError, AssertionError, RecursionError,
            IndexError, NotImplementedError, OverflowError) as error:  # fmt: skip
        raise _whole(file, f"is not valid YAML: {str(error)[:200]}", "check indentation, colons and quotes") from error
    if not isinstance(tree, dict):
        raise _whole(file, "is not a flow", "begin with 'name:', 'start:', 'person:', 'steps:'")
    return Source(file, tree)


def _guard(text: str, file: str) -> None:
    """Refuse aliases (a few lines of them can make millions) and absurd depth, before anything is built."""
    depth = 0
    for event in YAML(typ="rt").parse(text):
        mark = event.start_mark
        if isinstance(event, AliasEvent):
            remedy = "write the text out instead of *name"
            raise FlowErrors(
                [FlowMistake(file, mark.line + 1, mark.column + 1, "", "aliases are not used here", remedy)]
            )
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        if depth > _MOST_DEPTH:
            raise FlowErrors(
                [FlowMistake(file, mark.line + 1, mark.column + 1, "", "is nested too deeply", "check the brackets")]
            )


def _syntax(file: str, error: MarkedYAMLError) -> FlowMistake:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    problem = str(error.problem or error.context or "cannot be understood")
    if "found duplicate key" in problem:
        return FlowMistake(file, line, column, "", problem.splitlines()[0], "remove one of the two")
    if "\\t" in problem:
        return FlowMistake(file, line, column, "", "a tab cannot be used for indentation", "use spaces")
    remedy = "check indentation, colons and quotes on this line and the one before"
    return FlowMistake(file, line, column, "", f"not valid YAML: {problem}", remedy)


def _whole(file: str, message: str, remedy: str) -> FlowErrors:
    return FlowErrors([FlowMistake(file, 1, 1, "", message, remedy)])


def _written_key(node: Any, part: str | int) -> Any:
    """Return the key as YAML read it: ``1`` is a number there and text in the model; ``from`` may be an alias."""
    if isinstance(node, dict):
        return next((key for key in node if key == part or str(key) == str(part)), None)
    return part if isinstance(node, list) and isinstance(part, int) and part < len(node) else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a suggestion, or what there is, or ""."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there are: {', '.join(names[:12])}" if names else ""
