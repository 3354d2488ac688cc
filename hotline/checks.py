"""Checking what people edit, without touching the running service: the directory, the flows, the system's prompts."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from agents import Directory, DirectoryError, directory_doubts, load_directory
from calls import Language
from hotline.categories import CATEGORIES, looked_through
from hotline.flow_pins import pins_set
from hotline.queue_plans import plan_of
from hotline.settings import Settings
from ivr import Flow, FlowBook, FlowErrors, Known, SystemPrompts
from ivr.beside import CALENDARS, read_calendars
from ivr.steps import Calendar
from ivr.steps.people import Queue as QueueStep


def names_known(
    directory: Directory, system: SystemPrompts, settings: Settings | None = None, today: date | None = None
) -> Known:
    """Return the names that flows may use, and the day for which is checked. Without settings any host, question and
    PIN may be named."""
    everything = Known.anything(system.names)
    lookups = None if settings is None else settings.lookups
    return Known(
        queues=frozenset(directory.queues),
        skills=frozenset(directory.skills),
        departments=frozenset(directory.departments),
        boxes=frozenset(directory.voicemail),
        prompts=system.names,
        hotlines=frozenset(key for key, department in directory.departments.items() if department.hotline),
        today=today,
        lookup_hosts=everything.lookup_hosts if lookups is None else frozenset(host.lower() for host in lookups.hosts),
        questions=everything.questions if lookups is None else {name: q.needs for name, q in lookups.queries.items()},
        pins=everything.pins if settings is None else pins_set(settings.flow_pins_file),
    )


def check_files(settings: Settings) -> list[str]:
    """Return every mistake in the files of ``settings``, each with its place and remedy; empty: all is well."""
    return check_and_doubt(settings)[0]


def check_and_doubt(settings: Settings) -> tuple[list[str], list[str]]:
    """Return every mistake, and what is doubtful though it works (a step that nobody can reach, a prompt never said).

    Flows are looked at when directory and prompts are right: else every name in them would seem unknown.
    """
    mistakes: list[str] = []
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    directory = system = None
    try:
        directory = load_directory(settings.directory_file, calendar_names(settings.files.dialplans))
    except DirectoryError as error:
        mistakes += [str(mistake) for mistake in error.mistakes]
    try:
        system = SystemPrompts.load(settings.files.dialplans / "prompts.yaml")
    except FlowErrors as error:
        mistakes += [str(mistake) for mistake in error.mistakes]
    of_categories: list[str] = []
    try:
        found = looked_through(settings.files.dialplans / CATEGORIES, directory)[1]
        of_categories = [str(doubt) for doubt in found]
    except FlowErrors as error:
        mistakes += [str(mistake) for mistake in error.mistakes]
    if directory is None or system is None or mistakes:
        return mistakes, []
    try:
        known = names_known(directory, system, settings, today)
        flows, doubts = FlowBook(settings.files.dialplans, known=known).read()
    except FlowErrors as error:
        return [str(mistake) for mistake in error.mistakes], []
    of_queues = directory_doubts(settings.directory_file, asked_of_queues(flows))
    unstaffed = unserved(directory, str(settings.directory_file))
    return [], [*unstaffed, *map(str, of_queues), *of_categories, *map(str, doubts)]


def asked_of_queues(flows: Iterable[Flow]) -> dict[str, dict[str, int]]:
    """Return what flows ask for beside each queue's own needs: the highest level of each skill, by queue."""
    asked: dict[str, dict[str, int]] = {}
    for flow in flows:
        languages = {f"lang.{language.value}": 1 for language in Language if language is not Language.ZH}
        of_all = [languages, *(number.skills for number in flow.numbers)]
        for step in flow.steps.values():
            if isinstance(step, QueueStep):
                levels = asked.setdefault(step.queue, {})
                for skills in (*of_all, step.skills):
                    for skill, level in skills.items():
                        levels[skill] = max(level, levels.get(skill, 0))
    return asked


def calendar_names(folder: Path) -> Collection[str] | None:
    """Return the names of the opening hours of a folder of flows; None when its file has mistakes, which are told when
    the flows are looked at."""
    try:
        return calendars_of(folder).keys()
    except FlowErrors:
        return None


def calendars_of(folder: Path) -> Mapping[str, Calendar]:
    """Return the opening hours of a folder of flows, by name; raises ``FlowErrors`` with every mistake."""
    path = folder / CALENDARS
    return read_calendars(path) if path.exists() else {}


def unserved(directory: Directory, file: str) -> list[str]:
    """Return a sentence for each queue whose callers nobody in the directory could ever serve."""
    skills = [directory.routing_skills(agent) for agent in directory.people]
    found = []
    for name, queue in directory.queues.items():
        plan = plan_of(queue)
        needs = [plan.need, *(stage.need for stage in plan.stages)]
        if not any(need.satisfied_by(each) for need in needs for each in skills):
            found.append(f"{file}: queues.{name}: nobody listed under 'people' has what it needs: {plan.need.hard}")
    return found
