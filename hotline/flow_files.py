"""Flow files as ops staff name them on the command line: what stands around them, and everything that is wrong in them.

Works without a running service and without an installation: what cannot be known is left out, with a note.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from agents import Directory, DirectoryError, load_directory
from hotline.checks import calendar_names, names_known
from hotline.settings import Settings
from hotline.settings_file import SettingsMistake, load_settings
from ivr import Flow, FlowErrors, FlowMistake, Known, SystemPrompts, between, load_flow, unfit_together
from ivr.beside import CALENDARS, beside
from ivr.book import NOT_FLOWS
from ivr.loader import Loaded, name_in

DIRECTORY, PROMPTS = "directory.yaml", "prompts.yaml"
SHIPPED = Path(__file__).resolve().parents[1] / "dialplans"


@dataclass(slots=True)
class Report:
    """What was found: errors (it cannot be used), warnings (it can, but look), notes (what could not be judged)."""

    errors: list[FlowMistake] = field(default_factory=list)
    warnings: list[FlowMistake] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    loaded: list[Loaded] = field(default_factory=list)  # flows without errors
    files: int = 0

    @property
    def ok(self) -> bool:
        """Whether all of it can be used."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What flows of one folder may refer to. ``directory`` None: not known here."""

    system: SystemPrompts
    directory: Directory | None
    directory_file: Path | None
    known: Known  # the names that flows may use


def settings_or_none() -> Settings | None:
    """Return the settings in force, or None where they cannot be read: the tools for flows do without."""
    try:
        return load_settings()
    except SettingsMistake:
        return None


def is_flow(path: Path) -> bool:
    """Whether a file of a folder of flows is one of them."""
    return path.suffix == ".yaml" and path.name not in NOT_FLOWS and not path.name.startswith(".")


def flows_in(folder: Path) -> list[Path]:
    """Return the flows' files in a folder."""
    return sorted(path for path in folder.glob("*.yaml") if is_flow(path))


def flow_path(given: Path, settings: Settings | None) -> Path:
    """Return the file of a flow; a bare name (``12345``) is one of the flows that people edit."""
    if given.exists() or given.suffix or len(given.parts) != 1:
        return given
    folder = settings.files.dialplans if settings is not None else SHIPPED
    named = folder / f"{given}.yaml"
    return named if named.exists() else given


class FlowFiles:
    """Reads flows with what stands around them. ``directory`` is the one to be used for all, whatever lies beside."""

    def __init__(self, directory: Path | None = None, settings: Settings | None = None) -> None:
        self._directory = directory
        self._settings = settings
        self._around: dict[Path, Surroundings] = {}
        self.report = Report()

    def check(self, paths: Sequence[Path]) -> Report:
        """Look at files and folders, and return everything found."""
        for path in paths:
            if path.is_dir():
                self._folder(path)
            else:
                self._file(path)
        self.report.errors = _once(self.report.errors)
        self.report.warnings = _once(self.report.warnings)
        return self.report

    def load(self, path: Path) -> Loaded:
        """Return one flow; raises ``FlowErrors`` with every mistake of it and of what it needs around it."""
        around = self.around(path.parent)
        if self.report.errors:
            raise FlowErrors(self.report.errors)
        loaded = load_flow(path, around.known)
        wrong = [one for one in self._between(path, loaded) if one.file == loaded.source.file]
        if wrong:
            raise FlowErrors(wrong)
        return loaded

    def others(self, path: Path, flow: Flow) -> list[Flow]:
        """Return the flows beside a file that its flow may call."""
        return [one.flow for one in self._callable(path, flow)[0]]

    def around(self, folder: Path) -> Surroundings:
        """Return what flows of a folder may refer to; mistakes in it go to the report, once."""
        key = folder.absolute()
        if key not in self._around:
            directory_file = self._directory_file(folder)
            system, directory = self._system_prompts(folder), self._read_directory(directory_file)
            known = (
                Known.anything(system.names)
                if directory is None
                else names_known(directory, system, self._settings, _today())
            )
            known, mistakes, doubts = beside(folder, known)
            self.report.errors += mistakes
            self.report.warnings += doubts
            self._around[key] = Surroundings(system, directory, directory_file, known)
        return self._around[key]

    # -- flows that call one another --------------------------------------------------------------------------------

    def _callable(self, path: Path, flow: Flow) -> tuple[list[Loaded], list[str]]:
        """Return the other flows of the folder, and the names of those with mistakes; nothing for a flow that calls
        none."""
        found: list[Loaded] = []
        unread: list[str] = []
        known = self.around(path.parent).known
        for other in flows_in(path.parent) if any(between.called_by(flow)) else ():
            if other.name != path.name:
                try:
                    found.append(load_flow(other, known))
                except FlowErrors:
                    unread.append(name_in(other))
        return found, unread

    def _between(self, path: Path, loaded: Loaded) -> list[FlowMistake]:
        others, unread = self._callable(path, loaded.flow)
        return between.mistakes([loaded, *others], unread)

    # -- what lies around -----------------------------------------------------------------------------------------

    def _directory_file(self, folder: Path) -> Path | None:
        """Return the directory to go by: the one named, the one beside the flow, or that of this installation."""
        if self._directory is not None:
            return self._directory
        beside = folder / DIRECTORY
        if beside.exists():
            return beside
        ours = self._settings.directory_file if self._settings is not None else None
        if ours is not None and ours.is_file():
            self._note(f"{folder}: no {DIRECTORY} there; queues and skills were looked for in {ours}")
            return ours
        self._note(f"{folder}: no {DIRECTORY} there: unknown queues, skills and departments were not looked for")
        return None

    def _read_directory(self, path: Path | None) -> Directory | None:
        if path is None:
            return None
        try:
            return load_directory(path, calendar_names(path.parent))
        except DirectoryError as error:
            self.report.errors += [
                FlowMistake(one.file, one.line, one.column, one.key, one.message, one.remedy) for one in error.mistakes
            ]
            self._note(f"{path} has mistakes: unknown queues, skills and departments were not looked for")
            return None

    def _system_prompts(self, folder: Path) -> SystemPrompts:
        ours = self._settings.files.dialplans if self._settings is not None else SHIPPED
        for path in (folder / PROMPTS, ours / PROMPTS):
            if path.exists():
                try:
                    return SystemPrompts.load(path)
                except FlowErrors as error:
                    self.report.errors += error.mistakes
                    break
        return SystemPrompts.load(SHIPPED / PROMPTS)

    def _note(self, note: str) -> None:
        if note not in self.report.notes:
            self.report.notes.append(note)

    # -- looking --------------------------------------------------------------------------------------------------

    def _folder(self, folder: Path) -> None:
        """Look at everything in a folder, also at whether its flows go together."""
        around = self.around(folder)
        try:
            inside = sorted(folder.iterdir())
        except OSError as error:
            self.report.errors.append(_whole(folder, f"cannot be read: {error.strerror or error}", "check its rights"))
            return
        flows = [path for path in inside if is_flow(path)]
        good = [one for path in flows if (one := self._flow(path, around)) is not None]
        unread = [name_in(path) for path in flows if str(path) not in {one.source.file for one in good}]
        wrong_between = between.mistakes(good, unread)
        self.report.errors += wrong_between
        complete = (folder / DIRECTORY).exists()  # what a service could run: else it is a mere collection
        clashes, lacking = unfit_together(good, str(folder))
        if complete:
            self.report.errors += clashes
            self.report.warnings += between.doubts(good) if not wrong_between and not unread else []
            if len(good) == len(flows):
                self.report.errors += lacking
        else:
            self.report.warnings += clashes
        if not flows:
            self.report.errors.append(_whole(folder, "holds no flow", "put one there, such as 12345.yaml that ships"))
        self.report.warnings += [
            _whole(path, "is not read", f"call it {path.stem}.yaml if it is a flow")
            for path in inside
            if path.suffix.lower() in (".yaml", ".yml") and path.suffix != ".yaml" and not path.name.startswith(".")
        ]

    def _file(self, path: Path) -> None:
        if path.name == DIRECTORY and path.is_file():
            self.report.files += 1
            self._read_directory(path)
            return
        around = self.around(path.parent)
        if path.name in (PROMPTS, CALENDARS) and path.is_file():
            self.report.files += 1
            return
        loaded = self._flow(path, around)
        if loaded is not None:
            self.report.errors += [one for one in self._between(path, loaded) if one.file == loaded.source.file]

    def _flow(self, path: Path, around: Surroundings) -> Loaded | None:
        self.report.files += 1
        try:
            loaded = load_flow(path, around.known)
        except FlowErrors as error:
            self.report.errors += error.mistakes
            self.report.warnings += error.warnings
            return None
        self.report.warnings += loaded.warnings
        self.report.loaded.append(loaded)
        return loaded


def _whole(path: Path, message: str, remedy: str) -> FlowMistake:
    return FlowMistake(str(path), 1, 1, "", message, remedy)


def _today() -> date:
    settings = settings_or_none()
    return datetime.now(ZoneInfo(settings.time_zone) if settings is not None else None).date()


def _once(mistakes: Sequence[FlowMistake]) -> list[FlowMistake]:
    return list(dict.fromkeys(mistakes))
