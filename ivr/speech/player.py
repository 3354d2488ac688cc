"""From a prompt's text and the values in it to the sounds to be played, without ever keeping a caller waiting."""

import asyncio
from collections.abc import Iterable

import structlog

from calls import Language, Sound
from ivr.speech.items import Item
from ivr.speech.say import PAUSE, Kind, piece_language, say, vocabulary
from ivr.speech.store import PromptStore
from ivr.speech.template import Literal, Slot, parse

_PATIENCE_S = 0.25
_PIECES = "pieces"

log = structlog.get_logger(__name__)


def piece_item(piece: str, language: Language) -> Item:
    """Return the item of a piece of ``say``; a recording of it is named ``pieces/<piece>``."""
    return Item(f"{_PIECES}/{piece.rstrip('.')}", piece_language(piece, language), piece)


class PromptPlayer:
    """Makes prompts playable: literal parts and pieces out of the store, in order."""

    def __init__(self, store: PromptStore, patience_s: float = _PATIENCE_S) -> None:
        self._store = store
        self._patience_s = patience_s
        self._rendering: dict[tuple[Language, str], asyncio.Task[None]] = {}

    async def sounds(self, name: str, text: str, language: Language, **slots: object) -> list[Sound]:
        """Return the sounds of a prompt; what cannot be had within a quarter of a second is left out.

        A slot whose value is missing or cannot be said is left out and logged. Never raises.
        """
        try:
            items = self._items(name, text, language, slots)
            found = [self._store.find(*item) for item in items]
            if None in found:
                await self._render([item for item, sound in zip(items, found, strict=True) if sound is None])
                found = [self._store.find(*item) for item in items]
        except Exception:
            log.exception("prompt_failed", prompt=name, language=language)
            return []
        return [sound for sound in found if sound is not None]

    def texts_needed(
        self, items: Iterable[tuple[str, Language, str]], known: Iterable[tuple[Language, str]] = ()
    ) -> list[Item]:
        """Return everything to be prepared so that these prompts can be played with any values.

        ``items`` are (name, language, text with marks); ``known`` are the texts that ``text`` slots can take
        (department names, say). Raises ``ValueError`` on a text whose marks are wrong.
        """
        needed: dict[Item, None] = {}
        speaking: dict[Language, None] = {}
        for name, language, text in items:
            parts = parse(name, text, language)
            needed |= dict.fromkeys(Item(part.name, language, part.text) for part in parts if isinstance(part, Literal))
            if any(isinstance(part, Slot) for part in parts):
                speaking[language] = None
        needed |= dict.fromkeys(piece_item(text, language) for language, text in known)
        needed |= dict.fromkeys(piece_item(piece, language) for language in speaking for piece in vocabulary(language))
        return list(needed)

    async def aclose(self) -> None:
        """Stop rendering in the background."""
        tasks = list(self._rendering.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _items(self, name: str, text: str, language: Language, slots: dict[str, object]) -> list[Item]:
        try:
            parts = parse(name, text, language)
        except ValueError as error:
            log.warning("prompt_marks_wrong", prompt=name, error=str(error))
            return [Item(name, language, text.replace("{", " ").replace("}", " "))]
        pause = piece_item(PAUSE, language)
        items: list[Item] = []
        for part in parts:
            if isinstance(part, Literal):
                items += [pause] * part.pause_before
                items.append(Item(part.name, language, part.text))
                items += [pause] * part.pause_after
            else:
                items += self._slot_items(name, part, language, slots)
        while items and items[-1] == pause:
            items.pop()
        return items

    def _slot_items(self, prompt: str, slot: Slot, language: Language, slots: dict[str, object]) -> list[Item]:
        try:
            pieces = say(slot.kind, slots[slot.name], language)
        except (KeyError, ValueError, TypeError) as error:
            log.warning(
                "prompt_slot_unsaid", prompt=prompt, slot=slot.name, kind=slot.kind.value, error=type(error).__name__
            )
            return []
        if slot.kind is Kind.TEXT:
            return [Item(f"{_PIECES}/{pieces[0]}", language, pieces[0])]
        return [piece_item(piece, language) for piece in pieces]

    async def _render(self, items: list[Item]) -> None:
        """Begin rendering in the background and wait for it, but not for long."""
        tasks = set()
        for item in items:
            key = (item.language, item.text)
            if key not in self._rendering:
                said = item.name.partition("/")[0]  # a piece's name is its text: what a mark was filled with
                log.warning("prompt_not_prepared", prompt=said, language=item.language.value)
                task = asyncio.create_task(self._render_one(item))
                self._rendering[key] = task
                task.add_done_callback(lambda _, key=key: self._rendering.pop(key, None))  # type: ignore[misc]
            tasks.add(self._rendering[key])
        await asyncio.wait(tasks, timeout=self._patience_s)

    async def _render_one(self, item: Item) -> None:
        try:
            await self._store.prepare([item])
        except Exception:
            log.exception("prompt_rendering_failed", prompt=item.name)
