"""The prompts of the running service: what is in use, rendering what comes, how they stand, and tidying up."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from agents import Directory
from calls import Language, Sound
from hotline.prompt_files import catalogue_of, everything, open_store
from hotline.settings import Settings
from ivr import Catalogue, Flow, SystemPrompts
from ivr.inventory import PromptState, counted, standing
from ivr.speech import PromptPlayer

log = structlog.get_logger(__name__)

_DAY_S = 24 * 3600.0
_KEPT_S = 30 * _DAY_S  # rendered texts that nobody needs any more stay so long: flows are put back now and then


class PromptShelf:
    """All prompts in use. ``player`` plays them, ``store`` has them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.store = open_store(settings)
        self.player = PromptPlayer(self.store)
        self._catalogue: Catalogue | None = None
        self._figures: Mapping[str, int] = {}

    @property
    def catalogue(self) -> Catalogue:
        """What is in use. Raises ``LookupError`` before the first ``use``."""
        if self._catalogue is None:
            raise LookupError("no prompts are in use yet")
        return self._catalogue

    @property
    def figures(self) -> Mapping[str, int]:
        """How many prompts are in each state (``PromptState``) and how many are recorded, when last looked at."""
        return self._figures

    async def use(self, flows: Iterable[Flow], system: SystemPrompts, directory: Directory) -> None:
        """Render what these need and is missing; then they are in use. What cannot be rendered is logged."""
        self._catalogue = await self._prepared(catalogue_of(flows, system, directory))
        await self._look()

    async def refresh(self) -> Mapping[str, int]:
        """Take recordings that were put in place, changed or removed; return the figures."""
        await self._prepared(self.catalogue)
        await self._look()
        return self._figures

    def sound(self, name: str, language: Language, text: str) -> list[Sound]:
        """Return a prompt without values, when it is there."""
        found = self.store.find(name, language, text) if text else None
        return [found] if found is not None else []

    async def keep_tidy(self) -> None:
        """Once a day, for ever: remove rendered texts that nobody has needed for a month."""
        while True:
            gone = await asyncio.to_thread(self.store.clear_out, _KEPT_S)
            if gone:
                log.info("prompts.cleared_out", prompts=gone)
            await asyncio.sleep(_DAY_S)

    async def _prepared(self, catalogue: Catalogue) -> Catalogue:
        report = await self.store.prepare(everything(catalogue, self.player))
        log.info(
            "prompts.ready", rendered=report.rendered, cached=report.cached, recorded=report.recorded,
            failed=len(report.failed),
        )  # fmt: skip
        for item, reason in report.failed:
            log.error("prompts.failed", prompt=item.name, language=item.language, reason=reason)
        return catalogue

    async def _look(self) -> None:
        prompts = self.catalogue.prompts
        standings = await asyncio.to_thread(lambda: [standing(prompt, self.store) for prompt in prompts])
        self._figures = counted(standings)
        for one in standings:
            if one.state in (PromptState.STALE, PromptState.BROKEN):
                log.warning(
                    "prompts.doubtful", prompt=one.prompt.name, language=one.prompt.language, state=one.state,
                    remedy=one.remedy,
                )  # fmt: skip
