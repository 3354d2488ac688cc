"""A YAML file with its positions, read so that nothing in it can hurt: bounded in size and depth, no aliases, no tags.

The tree is plain (dict, list, str, int, float, bool, None); keys are text, as they were written.
"""

import difflib
import heapq
import itertools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from ivr.mistakes import FlowErrors, FlowMistake
from ivr.syntax import worded_syntax

Place = tuple[str | int, ...]

MOST_BYTES = 128 * 1024
_MOST_DEPTH = 20
_MOST_COMPARED = 150  # names that are looked through for one that is nearly the word
_TAG = "tag:yaml.org,2002:"
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})")  # others (01, 0x1F, 1_000, forty digits) stay text
_NUMBER = re.compile(r"-?[0-9]{1,17}\.[0-9]{1,17}")


class Source:
    """One YAML file: its tree, and where each key stands."""

    def __init__(
        self,
        file: str,
        tree: dict[str, Any],
        places: dict[tuple[str, ...], tuple[int, int]],
        flaws: Sequence[FlowMistake] = (),
    ) -> None:
        self.file = file
        self.tree = tree
        self.flaws = tuple(flaws)  # keys that are there twice: the first one counts
        self._places = places

    def mistake(self, place: Place, message: str, remedy: str = "") -> FlowMistake:
        """Return a mistake at a key, or at its nearest parent that is written."""
        place = self._as_written(place)
        line, column = self.where(place)
        return FlowMistake(self.file, line, column, ".".join(str(part) for part in place), message, remedy)

    def where(self, place: Place) -> tuple[int, int]:
        """Return line and column (from 1) of a key, or of its nearest parent that is written."""
        parts = tuple(str(part) for part in place)
        while parts:
            if parts in self._places:
                return self._places[parts]
            parts = parts[:-1]
        return 1, 1

    def at(self, place: Place) -> Any:
        """Return what is written at a place, or None."""
        node: Any = self.tree
        for part in place:
            if isinstance(node, dict):
                node = node.get(str(part))
            elif isinstance(node, list) and isinstance(part, int) and part < len(node):
                node = node[part]
            else:
                return None
        return node

    def _as_written(self, place: Place) -> Place:
        """``prompt: x`` is short for ``prompts: [x]``: name the key that is there."""
        if len(place) >= 2 and place[-2] == "prompts" and str(place[-1]).isdigit():
            short = (*place[:-2], "prompt")
            if tuple(str(part) for part in short) in self._places:
                return short
        if (
            len(place) == 3
            and place[0] == "numbers"
            and place[2] == "number"
            and not isinstance(self.at(place[:2]), dict)
        ):
            return place[:2]  # a number alone is short for a mapping
        return place


def read_source(path: Path, *, flawed: bool = False) -> Source:
    """Return a file's tree; raises ``FlowErrors`` when it cannot be read or is no YAML mapping. ``flawed``: a key that
    is there twice is passed over; the caller tells of it (``flaws``) with all else."""
    file = str(path)
    try:
        if path.exists() and not path.is_file():
            raise _whole(file, "is not a file", "move it elsewhere")
        with path.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise _whole(file, f"cannot be read: {error.strerror or error}", "check name and rights") from error
    return parse_source(raw, file, flawed=flawed)


def parse_source(raw: bytes, file: str, *, flawed: bool = False) -> Source:
    """The same for what was read already."""
    if len(raw) > MOST_BYTES:
        raise _whole(file, f"is larger than {MOST_BYTES // 1024} KiB", "split it into several flows")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        remedy = "save the file as UTF-8 (in the editor: 'save with encoding'); often it was saved as GBK"
        raise FlowErrors([FlowMistake(file, line, 1, "", "is not UTF-8 text", remedy)]) from error
    if "\0" in text:
        remedy = "save the file as UTF-8 (in the editor: 'save with encoding'); it may be UTF-16, or no text at all"
        raise FlowErrors(
            [FlowMistake(file, text[: text.index("\0")].count("\n") + 1, 1, "", "is not UTF-8 text", remedy)]
        )
    if not text.strip():
        raise _whole(file, "is empty", "begin with 'name:', 'start:', 'person:', 'steps:', or delete the file")
    source = _Builder(file).source(_composed(text, file))
    if source.flaws and not flawed:
        raise FlowErrors(list(source.flaws))
    return source


def _composed(text: str, file: str) -> Any:
    yaml = YAML(typ="rt", pure=True)
    yaml.Composer = _BoundedComposer
    try:
        return yaml.compose(text)
    except MarkedYAMLError as error:
        raise FlowErrors([worded_syntax(file, text, error)]) from error
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        remedy = "delete the invisible character on this line (type the line anew)"
        mistake = FlowMistake(file, line, 1, "", f"a character {error.character:#06x} cannot be used", remedy)
        raise FlowErrors([mistake]) from error
    except (YAMLError, ValueError, TypeError, KeyError, AttributeError, AssertionError, RecursionError,
            IndexError, NotImplementedError, OverflowError) as error:  # fmt: skip
        raise _whole(file, f"is not valid YAML: {str(error)[:200]}", "check indentation, colons and quotes") from error


class _BoundedComposer(Composer):
    """Refuses aliases (a few lines of them can make millions) and absurd depth, before anything is built."""

    _deep = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return the node that comes next."""
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise MarkedYAMLError(problem="names (& and *) are not used here", problem_mark=event.start_mark)
        self._deep += 1
        if self._deep > _MOST_DEPTH:
            raise MarkedYAMLError(problem="is nested too deeply", problem_mark=event.start_mark)
        node = super().compose_node(parent, index)
        self._deep -= 1
        return node


class _Builder:
    """Makes plain values of YAML's nodes, and notes where each stands."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._places: dict[tuple[str, ...], tuple[int, int]] = {}
        self._mistakes: list[FlowMistake] = []
        self._twice: list[FlowMistake] = []

    def source(self, node: Any) -> Source:
        if not isinstance(node, MappingNode):
            raise _whole(self._file, "is not a list of 'key: value' lines", "begin with 'name:', 'start:', 'steps:'")
        tree = self._value(node, ())
        if self._mistakes:
            raise FlowErrors([*self._mistakes, *self._twice])
        assert isinstance(tree, dict)
        return Source(self._file, tree, self._places, self._twice)

    def _value(self, node: Any, place: tuple[str, ...]) -> Any:
        if isinstance(node, MappingNode):
            return self._mapping(node, place)
        if isinstance(node, SequenceNode):
            self._no_tag(node, "seq", place)
            found = []
            for index, item in enumerate(node.value):
                inner = (*place, str(index))
                self._places[inner] = _position(item)
                found.append(self._value(item, inner))
            return found
        return self._scalar(node, place)

    def _mapping(self, node: Any, place: tuple[str, ...]) -> dict[str, Any]:
        self._no_tag(node, "map", place)
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.value == "<<":
                self._wrong(key, place, "a key must be a plain word", "put texts with brackets or braces in quotes")
                continue
            inner = (*place, str(key.value))
            if inner[-1] in found:
                line = self._places[inner][0]
                remedy = "remove one of the two, or give it another name"
                message = f"{inner[-1]!r} is there already, in line {line}"
                self._twice.append(FlowMistake(self._file, *_position(key), ".".join(inner), message, remedy))
                continue
            self._places[inner] = _position(key)
            found[inner[-1]] = self._value(value, inner)
        return found

    def _scalar(self, node: Any, place: tuple[str, ...]) -> Any:
        text, tag = str(node.value), str(node.tag)
        match tag.removeprefix(_TAG):
            case "str" | "timestamp" | "merge" | "value":
                return text
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
            case "float":
                return float(text) if _NUMBER.fullmatch(text) else text
        self._no_tag(node, "", place)
        return text

    def _no_tag(self, node: Any, kind: str, place: tuple[str, ...]) -> None:
        if str(node.tag) != _TAG + kind:
            self._wrong(node, place, "a word that begins with '!' has a meaning of its own", "put the text in quotes")

    def _wrong(self, node: Any, place: tuple[str, ...], message: str, remedy: str) -> None:
        line, column = _position(node)
        self._mistakes.append(FlowMistake(self._file, line, column, ".".join(place), message, remedy))


def _position(node: Any) -> tuple[int, int]:
    return int(node.start_mark.line) + 1, int(node.start_mark.column) + 1


def _whole(file: str, message: str, remedy: str) -> FlowErrors:
    return FlowErrors([FlowMistake(file, 1, 1, "", message, remedy)])


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a suggestion, or what there is, or ``otherwise`` when there is nothing."""
    names = list(known)
    if word in names:  # it is there after all, only not of the right kind
        return otherwise
    close = closest(word, names)
    if close is not None:
        return f"did you mean {close!r}?"
    more = ", …" if len(names) > 12 else ""
    return f"there are: {', '.join(heapq.nsmallest(12, names))}{more}" if names else otherwise


def closest(word: str, names: Sequence[str]) -> str | None:
    """Return the name that was probably meant, or None."""
    likely = names if len(names) <= _MOST_COMPARED else _likely(word, names)
    close = difflib.get_close_matches(word[:100], sorted(likely), n=1, cutoff=0.6)
    return next(iter(close), None) or next((name for name in names if name.lower() == word.strip().lower()), None)


def _likely(word: str, names: Sequence[str]) -> list[str]:
    """Return the names of many that are worth comparing: of like length, with the same first letter."""
    first = word[:1].lower()
    near = (name for name in names if name[:1].lower() == first and abs(len(name) - len(word)) <= 2)
    return list(itertools.islice(near, _MOST_COMPARED))
