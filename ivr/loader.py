"""From a YAML file to a ``Flow``, or to a list of everything that is wrong with it."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ivr.checker import check
from ivr.doors import settled
from ivr.half_read import more_mistakes
from ivr.known import Known
from ivr.mistakes import FlowErrors, FlowMistake
from ivr.model import Flow
from ivr.source import Source, parse_source, read_source
from ivr.wording import worded

_MOST = 200  # mistakes of one kind that are told; a file in which all is wrong need not take minutes


@dataclass(frozen=True, slots=True)
class Loaded:
    """A flow that may be used, what is doubtful about it, and the file it stands in."""

    flow: Flow
    source: Source
    warnings: tuple[FlowMistake, ...] = ()


def load_flow(path: Path, known: Known) -> Loaded:
    """Return the flow in a file; raises ``FlowErrors`` with every mistake found."""
    return _flow(read_source(path, flawed=True), known)


def name_in(path: Path) -> str:
    """Return the name that a flow with mistakes seems to have; "" when not even that can be read."""
    try:
        name = read_source(path, flawed=True).tree.get("name")
    except FlowErrors:
        return ""
    return str(name) if isinstance(name, str | int) else ""


def parse_flow(text: str | bytes, known: Known, file: str = "flow.yaml") -> Loaded:
    """The same for a text."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return _flow(parse_source(raw, file, flawed=True), known)


def _flow(source: Source, known: Known) -> Loaded:
    if "tests" in source.tree and "steps" not in source.tree:
        raise FlowErrors(
            [source.mistake(("tests",), "is a file of tests, not a flow", "run it: hotline flow test FILE")]
        )
    try:
        flow = Flow.model_validate(source.tree)
    except ValidationError as error:
        spelling = [*source.flaws, *itertools.islice(worded(source, error, Flow), _MOST)]
        more, doubts = more_mistakes(source, known)
        others = itertools.islice(more, _MOST)
        raise FlowErrors(_in_order(spelling, others), list(itertools.islice(doubts, _MOST))) from error
    mistakes, warnings = check(flow, source, known)
    if mistakes or source.flaws:
        raise FlowErrors(_in_order(source.flaws, mistakes) if source.flaws else mistakes, warnings)
    return Loaded(settled(flow, known), source, tuple(warnings))


def _in_order(spelling: Sequence[FlowMistake], others: Iterable[FlowMistake]) -> list[FlowMistake]:
    """Return mistakes as they stand in the file; of two at one place that of spelling, which may explain the other."""
    places = {(one.line, one.column) for one in spelling}
    rest = [one for one in others if (one.line, one.column) not in places]
    return sorted([*spelling, *rest], key=lambda one: (one.line, one.column))
