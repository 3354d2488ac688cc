"""The service takes edited files, or a version that is kept, while calls go on: the part of it that changes rules."""

import asyncio
from collections.abc import Callable, Coroutine

import structlog

from acd import Distributor
from agents import Directory, Floor, directory_doubts, load_directory, load_or_make_pins
from agents.differences import at_next_start, differences
from hotline.checks import asked_of_queues, calendars_of, names_known
from hotline.department_book import DepartmentBook
from hotline.prompt_shelf import PromptShelf
from hotline.queue_plans import plans_anew
from hotline.settings import Settings
from hotline.versions import Version, Versions
from hotline.voicemail_room import VoicemailRoom
from ivr import FlowBook, FlowErrors, SystemPrompts

log = structlog.get_logger(__name__)


class Reloading:
    """What a reload changes, and how. The service makes the parts."""

    settings: Settings
    versions: Versions
    directory: Directory
    system: SystemPrompts
    flows: FlowBook
    floor: Floor
    distributor: Distributor
    shelf: PromptShelf
    voicemail: VoicemailRoom
    departments: DepartmentBook
    _reloading: asyncio.Lock

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        raise NotImplementedError

    def reload_soon(self) -> None:
        """Have the edited files taken."""

        async def quietly() -> None:
            try:
                await self.reload()
            except Exception:
                log.exception("flows.not_reloaded")

        self._spawn(quietly(), "reload")

    async def reload(self) -> dict[str, list[str]]:
        """Take the edited flows and directory; return the mistakes, with which the running ones stay, what changed, and
        the flows in use. New ones answer callers when their prompts have been rendered."""
        return await self._put_in_use(self.versions.take)

    async def back(self, version: Version) -> dict[str, list[str]]:
        """Put a version that is kept in use again; return the same."""
        log.info("flows.going_back", version=version.name)
        return await self._put_in_use(lambda: self.versions.use(version))

    async def _put_in_use(self, choose: Callable[[], list[str]]) -> dict[str, list[str]]:
        """Have a version chosen (in another thread), and take its flows and directory, unless there are mistakes."""
        async with self._reloading:
            changes: list[str] = []
            mistakes = await asyncio.to_thread(choose)
            if not mistakes:
                changes = await self._load_directory()
                mistakes = await self._load_flows()
        for mistake in mistakes:
            log.error("flows.mistake", mistake=mistake)
        if not mistakes:
            log.info("flows.reloaded", changes=changes)
        return {"mistakes": mistakes, "changes": changes, "flows": [flow.name for flow in self.flows.flows]}

    async def would_reload(self) -> dict[str, list[str]]:
        """Return what ``reload`` would do, and do nothing."""
        async with self._reloading:
            mistakes = await asyncio.to_thread(self.versions.draw_up)
            if mistakes:
                return {"mistakes": mistakes, "changes": [], "files": []}
            drafted = self.versions.settings(self.versions.draft).directory_file
            coming = await asyncio.to_thread(load_directory, drafted)
            changes = [*differences(self.directory, coming), *at_next_start(self.directory, coming)]
            return {"mistakes": [], "changes": changes, "files": self.versions.changed()}

    async def _load_directory(self) -> list[str]:
        """Take the directory of the version in use, and return what changed."""
        old = self.directory
        coming = await asyncio.to_thread(load_directory, self.versions.settings().directory_file)
        changes = [*differences(old, coming), *at_next_start(old, coming)]
        if not changes and coming == old:
            return []
        await self.shelf.use(self.flows.flows, self.system, coming)
        pins = await asyncio.to_thread(load_or_make_pins, self.settings.pins_file, coming)
        self.distributor.rules_changed(lambda: self.floor.use_directory(coming, pins), plans_anew(coming))
        self.directory = self.floor.directory
        self.voicemail.desk.stir()
        for change in changes:
            log.info("directory.changed", change=change)
        return changes

    async def _load_flows(self) -> list[str]:
        """Take the flows and the system's prompts of the version in use; calls that go on keep theirs."""
        try:
            system = await asyncio.to_thread(SystemPrompts.load, self.versions.current / "prompts.yaml")
            book = FlowBook(self.versions.current, known=names_known(self.directory, system, self.settings))
            coming, doubts = await asyncio.to_thread(book.read)  # a large file takes seconds, and calls go on meanwhile
        except FlowErrors as error:
            return [str(mistake) for mistake in error.mistakes]
        file = self.versions.settings().directory_file
        of_queues = await asyncio.to_thread(directory_doubts, file, asked_of_queues(coming))
        for doubt in (*doubts, *of_queues):
            log.warning("flow.doubtful", mistake=str(doubt))
        await self.shelf.use(coming, system, self.directory)
        self.flows.use(coming)
        self.system = system
        self.departments.use_calendars(await asyncio.to_thread(calendars_of, self.versions.current))
        return []
