"""Checking what people edit, without touching the running service: the directory, the flows, the system's prompts."""

from agents import Directory, DirectoryError, load_directory
from hotline.settings import Settings
from ivr import FlowBook, FlowErrors, Known, SystemPrompts


def names_known(directory: Directory, system: SystemPrompts) -> Known:
    """Return the names that flows may use."""
    return Known(
        queues=frozenset(directory.queues),
        skills=frozenset(directory.skills),
        departments=frozenset(directory.departments),
        prompts=system.names,
    )


def check_files(settings: Settings) -> list[str]:
    """Return every mistake in the files of ``settings``, each with its place and remedy; empty: all is well."""
    return check_and_doubt(settings)[0]


def check_and_doubt(settings: Settings) -> tuple[list[str], list[str]]:
    """Return every mistake, and what is doubtful though it works (a step that nobody can reach, a prompt never said).

    Flows are looked at when directory and prompts are right: else every name in them would seem unknown.
    """
    mistakes: list[str] = []
    directory = system = None
    try:
        directory = load_directory(settings.directory_file)
    except DirectoryError as error:
        mistakes += [str(mistake) for mistake in error.mistakes]
    try:
        system = SystemPrompts.load(settings.files.dialplans / "prompts.yaml")
    except FlowErrors as error:
        mistakes += [str(mistake) for mistake in error.mistakes]
    if directory is None or system is None:
        return mistakes, []
    try:
        _, doubts = FlowBook(settings.files.dialplans, known=names_known(directory, system)).read()
    except FlowErrors as error:
        return [str(mistake) for mistake in error.mistakes], []
    return [], [str(doubt) for doubt in doubts]
