"""What lies beside flows in their folder: ``calendars.yaml``, opening hours for all of them, and lists of callers."""

import dataclasses
from pathlib import Path

from pydantic import Field, ValidationError

from ivr.callers import read_callers
from ivr.known import Known
from ivr.mistakes import FlowErrors, FlowMistake
from ivr.source import read_source
from ivr.steps import Calendar, Name, Strict
from ivr.wording import worded

CALENDARS = "calendars.yaml"


class Calendars(Strict):
    """Opening hours that all flows of a folder may name."""

    calendars: dict[Name, Calendar] = Field(min_length=1)  # opening hours, each under a name of its own


def beside(folder: Path, known: Known) -> tuple[Known, list[FlowMistake], list[FlowMistake]]:
    """Return what flows of a folder may refer to, mistakes in the files beside them, and what is doubtful there."""
    mistakes: list[FlowMistake] = []
    doubts: list[FlowMistake] = []
    calendars: dict[str, Calendar] = {}
    callers: dict[str, frozenset[str]] = {}
    path = folder / CALENDARS
    if path.exists():
        try:
            calendars = read_calendars(path)
        except FlowErrors as error:
            mistakes += error.mistakes
    for path in sorted(folder.glob("*.csv")):
        if path.name.startswith("."):
            continue
        try:
            callers[path.name], found = read_callers(path)
            doubts += found
        except FlowErrors as error:
            callers[path.name] = frozenset()  # it is there: flows that name it are not to blame
            mistakes += error.mistakes
    return dataclasses.replace(known, calendars=calendars, callers=callers), mistakes, doubts


def read_calendars(path: Path) -> dict[str, Calendar]:
    """Return the calendars of a file; raises ``FlowErrors`` with every mistake."""
    source = read_source(path)
    try:
        return dict(Calendars.model_validate(source.tree).calendars)
    except ValidationError as error:
        raise FlowErrors(list(worded(source, error, Calendars))) from error
