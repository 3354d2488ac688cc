"""Two sides to be compared: files, folders, or versions, with all that callers notice of them."""

from dataclasses import dataclass
from pathlib import Path

from agents import Directory
from agents.differences import differences
from hotline.flow_files import FlowFiles
from hotline.settings import Settings
from hotline.versions import Versions
from ivr import Flow, FlowErrors, FlowMistake
from ivr.comparison import Change, compare

EDITED, CURRENT = "edited", "current"


@dataclass(frozen=True, slots=True)
class Side:
    """One side. ``directory`` is None where none was looked at."""

    name: str
    flows: list[Flow]
    directory: Directory | None


def side(word: str, settings: Settings | None) -> Side:
    """Return the side that a word names: a file, a folder, ``current``, ``edited`` or a version such as ``000012``.
    Raises ``FlowErrors`` with the mistakes in it, ``LookupError`` when there is no such thing."""
    path = _path(word, settings)
    files = FlowFiles(settings=settings)
    if not path.is_dir():
        return Side(word, [files.load(path).flow], None)
    report = files.check([path])
    if report.errors:
        raise FlowErrors(report.errors)
    around = files.around(path)
    beside = around.directory_file is not None and around.directory_file.parent == path
    return Side(word, [one.flow for one in report.loaded], around.directory if beside else None)


def _path(word: str, settings: Settings | None) -> Path:
    given = Path(word)
    if given.exists() or settings is None:
        return given
    if word == EDITED:
        return settings.files.dialplans
    versions = Versions(settings)
    if word == CURRENT:
        if not versions.there:
            raise LookupError("no version is in use yet; it is made when the hotline starts")
        return versions.current.resolve()
    return versions.version(word).folder if word.isdecimal() else given


def changes(old: Side, new: Side) -> list[Change]:
    """Return everything that changes for callers; a file is compared with the flow of its name."""
    before, after = old.flows, new.flows
    if (len(before) == 1) != (len(after) == 1):
        single, many = (before, after) if len(before) == 1 else (after, before)
        named = [flow for flow in many if flow.name == single[0].name]
        before, after = (before, named) if single is before else (named, after)
    found = compare(before, after)
    if old.directory is not None and new.directory is not None:
        found += [Change("directory", "", text) for text in differences(old.directory, new.directory)]
    return found


def not_there(word: str, error: LookupError) -> FlowMistake:
    """Return a mistake that says that there is no such side."""
    return FlowMistake(word, 1, 1, "", str(error.args[0]), "name a file, a folder, current, edited or a version")
