"""Recording a prompt by telephone: what to read, a tone, the take played back, then keep it, once more, or give up."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import structlog

from calls import CallerHungUp, Language, Line, Sound
from calls.line import DigitsWanted, RecordLimits
from ivr.catalogue import Catalogue, Prompt
from ivr.services import PromptPlayer
from ivr.speech import Item, PromptStore
from ivr.speech.audio import write_pair
from ivr.speech.intake import Fault, TakenIn, Unfit, take_in

log = structlog.get_logger(__name__)

PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "studio.intro": {"zh": "录制提示音{number|digits}，内容是：", "en": "You record prompt {number|digits}. It says:"},
    "studio.read": {
        "zh": "请在提示音后朗读，结束请按井号键。",
        "en": "Read it after the tone, and press hash to finish.",
    },
    "studio.you_said": {"zh": "您的录音是：", "en": "You said:"},
    "studio.choose": {
        "zh": "保存请按1，重录请按2，放弃请按星号键。",
        "en": "To keep it, press 1. To record it again, press 2. To give up, press star.",
    },
    "studio.kept": {"zh": "录音已保存，来电者即刻可以听到。", "en": "It is kept. The next caller hears it."},
    "studio.given_up": {"zh": "已放弃，没有任何改变。", "en": "Nothing was changed."},
    "studio.failed": {"zh": "录音未能保存，请联系管理员。", "en": "It could not be kept. Please tell ops staff."},
    "studio.silent": {"zh": "录音声音太小，请重新录制。", "en": "That was too quiet. Please speak up."},
    "studio.clipped": {"zh": "录音声音过大，请重新录制。", "en": "That was too loud. Please speak more softly."},
    "studio.too_short": {"zh": "录音太短，请重新录制。", "en": "That was too short for this text."},
    "studio.too_long": {"zh": "录音太长，请重新录制。", "en": "That was too long for this text."},
})  # fmt: skip
"""Name -> language -> text of all it says."""

_TAKES = 6  # of one prompt in one call
_SILENCES = 3  # times that no key is pressed, then it is given up
_LIMITS = RecordLimits(max_s=180.0, silence_s=5.0, finish_digits="#")


class StudioEnd(StrEnum):
    """How recording a prompt ended (a hang-up is ``CallerHungUp``, and changes nothing)."""

    KEPT = "kept"
    GIVEN_UP = "given_up"
    FAILED = "failed"  # the files could not be written


class Studio:
    """Records prompts over a Line. ``takes`` is a folder for what is not kept yet."""

    def __init__(
        self,
        store: PromptStore,
        prompts: PromptPlayer,
        catalogue: Callable[[], Catalogue],
        takes: Path,
        *,
        kept: Callable[[], Awaitable[object]],
    ) -> None:
        """``catalogue`` is what is in use; ``kept`` has a recording taken that was put in place."""
        self._store, self._prompts, self._catalogue, self._takes = store, prompts, catalogue, takes
        self._kept = kept

    def find(self, word: str, language: Language) -> Prompt:
        """Return the prompt of a name or number, as it is in use. Raises ``LookupError``."""
        return self._catalogue().one(word, language)

    def languages(self, word: str) -> list[Language]:
        """Return in which languages there is something to be recorded under a number. Raises ``LookupError``."""
        return sorted({prompt.language for prompt in self._catalogue().find(word)}, reverse=True)

    def text(self, word: str, language: Language) -> str:
        """Return the whole text of a prompt, marks and all. Raises ``LookupError``."""
        return self._catalogue().whole(word, language)[2]

    async def play(self, line: Line, word: str, language: Language, values: Mapping[str, object]) -> None:
        """Play a prompt as callers hear it. Raises ``LookupError`` and ``CallerHungUp``."""
        name, _, text = self._catalogue().whole(word, language)
        await line.play(await self._prompts.sounds(name, text, language, **values))

    async def record(self, line: Line, prompt: Prompt, who: str) -> StudioEnd:
        """Have a prompt recorded; ``who`` is written beside it. Raises ``CallerHungUp``: then nothing is changed."""
        await self._say(line, "studio.intro", number=str(prompt.number))
        await line.play(await self._text_spoken(prompt))
        base = self._takes / secrets.token_hex(8)
        try:
            for _ in range(_TAKES):
                taken = await self._take(line, prompt, base)
                key = "2" if taken is None else await self._verdict(line, base)
                if key == "1" and taken is not None:
                    return await self._keep(line, prompt, taken, who)
                if key != "2":
                    break
        finally:
            await asyncio.to_thread(_clear, base)
        await self._say(line, "studio.given_up")
        return StudioEnd.GIVEN_UP

    async def _take(self, line: Line, prompt: Prompt, base: Path) -> TakenIn | None:
        """Record once; return the take, ready at ``base``, or None after saying what is wrong with it."""
        await self._say(line, "studio.read")
        recorded = await line.record(base.with_name(base.name + "-raw.wav"), _LIMITS)
        try:
            taken = await asyncio.to_thread(take_in, recorded.path, prompt.text)
            await asyncio.to_thread(write_pair, taken.samples, taken.rate, base)
        except Unfit as error:
            log.info("studio.unfit", prompt=prompt.name, fault=error.fault, reason=str(error))
            fault = error.fault if f"studio.{error.fault}" in PHRASES else Fault.SILENT
            await self._say(line, f"studio.{fault}")
            return None
        return taken

    async def _verdict(self, line: Line, base: Path) -> str:
        """Play a take back and return the key that decides: 1, 2 or * ("" when none was pressed)."""
        for _ in range(_SILENCES):
            sounds = [*await self._sounds(line, "studio.you_said"), Sound(base)]
            wanted = DigitsWanted(terminators="", first_timeout_s=8.0)
            key = (await line.collect([*sounds, *await self._sounds(line, "studio.choose")], wanted)).pressed
            if key in ("1", "2", "*"):
                return key
        return ""

    async def _keep(self, line: Line, prompt: Prompt, taken: TakenIn, who: str) -> StudioEnd:
        try:
            await asyncio.to_thread(
                self._store.recordings.put, prompt.name, prompt.items, taken.samples, taken.rate, who
            )
        except (OSError, ValueError):
            log.exception("studio.not_kept", prompt=prompt.name)
            await self._say(line, "studio.failed")
            return StudioEnd.FAILED
        await self._kept()
        log.info("studio.kept", prompt=prompt.name, language=prompt.language, seconds=round(taken.seconds, 1), by=who)
        with suppress(CallerHungUp):  # it is kept all the same
            await self._say(line, "studio.kept")
        return StudioEnd.KEPT

    async def _text_spoken(self, prompt: Prompt) -> list[Sound]:
        """Return the text in the synthesised voice, whatever recording there is of it."""
        sound = self._store.spoken(prompt.language, prompt.text)
        if sound is None:
            await self._store.prepare([Item("", prompt.language, prompt.text)])
            sound = self._store.spoken(prompt.language, prompt.text)
        return [] if sound is None else [sound]

    async def _say(self, line: Line, phrase: str, **values: object) -> None:
        await line.play(await self._sounds(line, phrase, **values))

    async def _sounds(self, line: Line, phrase: str, **values: object) -> Sequence[Sound]:
        language = line.call.language
        return await self._prompts.sounds(phrase, PHRASES[phrase][language.value], language, **values)


def _clear(base: Path) -> None:
    for path in base.parent.glob(f"{base.name}*"):
        path.unlink(missing_ok=True)
