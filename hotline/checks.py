"""Checking what people edit, without touching the running service: the directory, the flows, the system's prompts."""

from agents import Directory, DirectoryError, load_directory
from hotline.settings import Settings
from ivr import FlowBook, Known, SystemPrompts


def names_known(directory: Directory) -> Known:
    """Return the names that flows may use."""
    return Known(
        queues=frozenset(directory.queues),
        skills=frozenset(directory.skills),
        departments=frozenset(directory.departments),
    )


def check_files(settings: Settings) -> list[str]:
    """Return every mistake in the files of ``settings``, each with its place and remedy; empty: all is well."""
    mistakes: list[str] = []
    try:
        directory = load_directory(settings.directory_file)
    except DirectoryError as error:
        mistakes += [str(mistake) for mistake in error.mistakes]
    else:
        flows = FlowBook(settings.files.dialplans, known=names_known(directory))
        mistakes += [str(mistake) for mistake in flows.reload()]
    try:
        SystemPrompts.load(settings.files.dialplans / "prompts.yaml")
    except (OSError, ValueError) as error:
        mistakes.append(str(error))
    return mistakes
