"""All flows in use. A new set replaces the old one only when all of it is right; a call stays in what it came into."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from calls import Language
from ivr.known import Known
from ivr.loader import load_flow
from ivr.mistakes import FlowErrors, FlowMistake
from ivr.model import Flow

log = structlog.get_logger(__name__)

_NOT_FLOWS = frozenset({"directory.yaml", "prompts.yaml"})


class FlowBook:
    """The flows of a folder: every ``*.yaml`` but the directory and the system's prompts."""

    def __init__(self, folder: Path, known: Known) -> None:
        self._folder = folder
        self._known = known
        self._flows: tuple[Flow, ...] = ()

    def load(self) -> None:
        """Read all flows; raises ``FlowErrors`` with every mistake of every file, and then changes nothing."""
        flows: list[Flow] = []
        mistakes: list[FlowMistake] = []
        paths = sorted(path for path in self._folder.glob("*.yaml") if path.name not in _NOT_FLOWS)
        for path in paths:
            try:
                loaded = load_flow(path, self._known)
            except FlowErrors as error:
                mistakes += error.mistakes
                continue
            flows.append(loaded.flow)
            for warning in loaded.warnings:
                log.warning("flow.doubtful", mistake=str(warning))
            mistakes += _clashes(flows, path)
        if not mistakes and sum(flow.default for flow in flows) != 1:
            remedy = "write 'default: true' in exactly one flow"
            mistakes.append(FlowMistake(str(self._folder), 1, 1, "", "not exactly one flow is the default one", remedy))
        if mistakes:
            raise FlowErrors(mistakes)
        self._flows = tuple(flows)

    def reload(self) -> list[FlowMistake]:
        """Read all flows anew; return the mistakes, and keep the running flows when there are any."""
        try:
            self.load()
        except FlowErrors as error:
            return error.mistakes
        return []

    @property
    def flows(self) -> Sequence[Flow]:
        """The flows in use."""
        return self._flows

    def flow_for(self, dialled: str) -> Flow:
        """Return the flow that answers a dialled number; raises ``LookupError`` before ``load``."""
        for flow in self._flows:
            if dialled in flow.numbers:
                return flow
        return next(flow for flow in self._flows if flow.default)

    def all_texts(self) -> list[tuple[str, Language, str]]:
        """Return (name, language, text) of every prompt, to be rendered ahead."""
        return [
            (name, language, text)
            for flow in self._flows
            for name, spoken in flow.prompts.items()
            for language in Language
            if (text := spoken.in_language(language)) is not None
        ]


def _clashes(flows: Sequence[Flow], path: Path) -> list[FlowMistake]:
    latest = flows[-1]
    return [
        FlowMistake(str(path), 1, 1, "numbers", f"{number} is answered by flow {other.name!r} already", "remove one")
        for other in flows[:-1]
        for number in latest.numbers
        if number in other.numbers
    ]
