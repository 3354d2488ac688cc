"""All flows in use. A new set replaces the old one only when all of it is right; a call stays in what it came into."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import structlog

from calls import Language
from ivr import between
from ivr.beside import CALENDARS, beside
from ivr.known import Known
from ivr.loader import Loaded, load_flow, name_in
from ivr.mistakes import FlowErrors, FlowMistake
from ivr.model import Flow
from ivr.source import Place
from ivr.speaker import inline_name
from ivr.steps import Refers, Spoken, marked

log = structlog.get_logger(__name__)

NOT_FLOWS = frozenset({"directory.yaml", "prompts.yaml", "categories.yaml", CALENDARS})
"""What else lies in a folder of flows."""


class FlowBook:
    """The flows of a folder: every ``*.yaml`` but the directory, the system's prompts, calendars, tickets'
    categories and hidden files."""

    def __init__(self, folder: Path, known: Known) -> None:
        self._folder = folder
        self._known = known
        self._flows: tuple[Flow, ...] = ()

    def read(self) -> tuple[list[Flow], list[FlowMistake]]:
        """Return the flows in the folder and what is doubtful about them, and change nothing; raises ``FlowErrors``
        with every mistake of every file. Takes no part of the book that is in use: fit for another thread."""
        loaded: list[Loaded] = []
        unread: list[str] = []
        known, mistakes, beside_doubts = beside(self._folder, self._known)
        for path in self._paths():
            try:
                loaded.append(load_flow(path, known))
            except FlowErrors as error:
                mistakes += error.mistakes
                unread.append(name_in(path))
        clashes, lacking = unfit_together(loaded, str(self._folder))
        mistakes += [*clashes, *between.mistakes(loaded, unread)]
        if not mistakes:
            mistakes += lacking
        if mistakes:
            raise FlowErrors(mistakes)
        doubts = [doubt for one in loaded for doubt in one.warnings]
        return [one.flow for one in loaded], [*doubts, *between.doubts(loaded), *beside_doubts, *self._overlooked()]

    def use(self, flows: Iterable[Flow]) -> None:
        """Let calls that come from now on get these flows (those of ``read``)."""
        self._flows = tuple(flows)

    def load(self) -> None:
        """Read all flows and use them; raises ``FlowErrors`` with every mistake, and then changes nothing."""
        flows, doubts = self.read()
        for doubt in doubts:
            log.warning("flow.doubtful", mistake=str(doubt))
        self.use(flows)

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
            if flow.number(dialled) is not None:
                return flow
        for flow in self._flows:
            if flow.default:
                return flow
        raise LookupError("no flows are loaded")

    def all_texts(self) -> list[tuple[str, Language, str]]:
        """Return (name, language, text) of every prompt in use, to be rendered ahead."""
        return texts_of(self._flows)

    def _paths(self) -> list[Path]:
        """Return the files to be read; editors keep hidden ones (``.#12345.yaml``) while a file is open."""
        found = self._folder.glob("*.yaml")
        return sorted(path for path in found if path.name not in NOT_FLOWS and not path.name.startswith("."))

    def _overlooked(self) -> list[FlowMistake]:
        return [
            FlowMistake(str(path), 1, 1, "", "is not read", f"call it {path.stem}.yaml if it is a flow")
            for path in sorted(self._folder.glob("*.[yY]*[mM][lL]"))
            if path.suffix != ".yaml" and not path.name.startswith(".")
        ]


def texts_of(flows: Iterable[Flow]) -> list[tuple[str, Language, str]]:
    """Return (name, language, text) of every text of some flows, named and written in place."""
    return [
        (name, language, text)
        for flow in flows
        for name, spoken in spoken_in(flow)
        for language in Language
        if (text := spoken.in_language(language)) is not None
    ]


def unfit_together(loaded: Sequence[Loaded], folder: str) -> tuple[list[FlowMistake], list[FlowMistake]]:
    """Return why flows cannot be used together: what two of them claim, and whether exactly one is the default."""
    return _clashes(loaded), _defaults(loaded, folder)


def spoken_in(flow: Flow) -> Iterator[tuple[str, Spoken]]:
    """Return everything a flow says, by name: its prompts, and the texts written in place."""
    yield from flow.prompts.items()
    for step in flow.steps.values():
        for _, spoken in marked(step, Refers.TEXT):
            yield inline_name(spoken), spoken


def _clashes(loaded: Sequence[Loaded]) -> list[FlowMistake]:
    """Return the names and numbers that two flows (or one of them twice) lay claim to."""
    mistakes: list[FlowMistake] = []
    names: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for one in loaded:
        claims: list[tuple[dict[str, str], Place, str, str]] = [(names, ("name",), one.flow.name, "the name of a flow")]
        claims += [(numbers, ("numbers", i), said.number, "answered") for i, said in enumerate(one.flow.numbers)]
        for taken, place, word, what in claims:
            if word in taken:
                remedy = "remove it here or there" if taken is numbers else "choose another"
                mistakes.append(one.source.mistake(place, f"{word!r} is {what} already in {taken[word]}", remedy))
            taken.setdefault(word, one.source.file)
    return mistakes


def _defaults(loaded: Sequence[Loaded], folder: str) -> list[FlowMistake]:
    """Exactly one flow answers the numbers that no flow names."""
    chosen = [one for one in loaded if one.flow.default]
    if not loaded:
        return [FlowMistake(folder, 1, 1, "", "holds no flow", "put one there, such as 12345.yaml that ships")]
    if not chosen:
        remedy = "write 'default: true' in one of: " + ", ".join(one.source.file for one in loaded)
        return [FlowMistake(folder, 1, 1, "", "no flow answers the numbers that no flow names", remedy)]
    return [
        one.source.mistake(("default",), f"is true already in {chosen[0].source.file}", "remove it here or there")
        for one in chosen[1:]
    ]
