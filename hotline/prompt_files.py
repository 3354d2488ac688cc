"""The prompts of the files that people edit: catalogue and store, without a running service."""

from collections.abc import Iterable

from agents import Directory, DirectoryError, load_directory
from agents.phrases import phrases_of
from calls import Language
from hotline.checks import names_known
from hotline.settings import Settings
from ivr import Catalogue, Flow, FlowBook, FlowErrors, SystemPrompts
from ivr.inventory import PromptState, Standing, standing
from ivr.service_line import service_texts
from ivr.speech import PromptPlayer, PromptStore, Pyttsx3Engine
from ivr.studio_item import studio_texts


class FilesWrong(Exception):
    """The files hold mistakes; ``mistakes`` are those of ``hotline check``."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def read_catalogue(settings: Settings) -> Catalogue:
    """Return all prompts of the files that ``settings`` names. Raises ``FilesWrong``."""
    dialplans = settings.files.dialplans
    try:
        directory = load_directory(settings.directory_file)
        system = SystemPrompts.load(dialplans / "prompts.yaml")
        flows, _ = FlowBook(dialplans, known=names_known(directory, system, settings)).read()
    except (DirectoryError, FlowErrors) as error:
        raise FilesWrong([str(mistake) for mistake in error.mistakes]) from error
    return catalogue_of(flows, system, directory)


def catalogue_of(flows: Iterable[Flow], system: SystemPrompts, directory: Directory) -> Catalogue:
    """Return the catalogue of what is in use, or is about to be."""
    phrases = [
        (name, Language(language), text)
        for name, texts in phrases_of(directory).items()
        for language, text in texts.items()
    ]
    return Catalogue(flows, system, [*phrases, *studio_texts(), *service_texts()])


def open_store(settings: Settings) -> PromptStore:
    """Return the store of prompts that ``settings`` names."""
    return PromptStore(
        settings.prompts_dir.absolute(), settings.files.dialplans.absolute() / "recordings",
        Pyttsx3Engine(settings.state_dir.absolute() / "espeak"),
    )  # fmt: skip


def everything(catalogue: Catalogue, player: PromptPlayer) -> list[tuple[str, Language, str]]:
    """Return every item that is to be there so that nothing is rendered while somebody listens."""
    return [*player.texts_needed(catalogue.texts, known=catalogue.known)]


def prompt_doubts(settings: Settings) -> tuple[list[str], int]:
    """Return what ops staff should know of prompts before they reload: stale and unreadable recordings, each by itself,
    and how many texts are not rendered yet. Nothing when the files hold mistakes: those come first."""
    try:
        catalogue = read_catalogue(settings)
    except FilesWrong:
        return [], 0
    store = open_store(settings)
    standings = [standing(prompt, store) for prompt in catalogue.prompts]
    doubts = [_doubt(one) for one in standings if one.state in (PromptState.STALE, PromptState.BROKEN)]
    return doubts, sum(one.state is PromptState.MISSING for one in standings)


def _doubt(one: Standing) -> str:
    what = "is older than its text" if one.state is PromptState.STALE else "cannot be read"
    return f"{one.file}: the recording of {one.prompt.name!r} ({one.prompt.language}) {what} ({one.remedy})"
