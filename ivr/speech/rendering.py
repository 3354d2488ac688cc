"""Speaking texts into files: in batches, one by one where a batch fails, bounded by a pool shared by all who ask."""

import asyncio
import hashlib
import uuid
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from asyncio_pool import AioPool

from calls import Language
from ivr.speech import audio
from ivr.speech.engine import BatchSpeechEngine, SpeechEngine, SpeechFailed
from ivr.speech.items import Item, PrepareReport
from ivr.speech.loudness import Samples, level
from ivr.speech.normalise import expected_seconds, spoken_form
from ivr.speech.say import PAUSE
from ivr.speech.template import with_pauses

_FORMAT = "4"  # raise when audio.py or loudness.py change what they make of the same speech
_BATCH = 16  # texts a worker process speaks at once
_PAUSE_S = 0.22
_HOPELESS = 3  # failures in a row after which a batch is given up: the engine is broken, not the text
_GIVEN_UP = "not tried: several texts before it failed"

log = structlog.get_logger(__name__)


class Renderer:
    """Makes ``<base>.wav`` and ``<base>.wav16`` of texts. At most ``workers`` jobs run at a time."""

    def __init__(self, folder: Path, engine: SpeechEngine, workers: int) -> None:
        self._folder = folder
        self._engine = engine
        self._workers = workers
        self._pool: AioPool | None = None

    def base(self, language: Language, text: str) -> Path:
        """Return where a text's files are (or would be), without the extension."""
        key = "\0".join((_FORMAT, self._engine.identity(language), language.value, spoken_form(text, language)))
        return self._folder / language.value / hashlib.sha256(key.encode()).hexdigest()[:32]

    async def render(self, items: Sequence[Item], report: PrepareReport) -> None:
        """Speak items of distinct texts; add to the report what came of it. Cancelling stops the jobs of this call."""
        by_language: dict[Language, list[Item]] = {}
        for item in items:
            by_language.setdefault(item.language, []).append(item)
        await self._run([
            self._batch(batch, report) for some in by_language.values() for batch in self._batches(some)
        ])  # fmt: skip

    async def _run(self, jobs: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Run jobs that do not raise in the bounded pool and wait for them."""
        if self._pool is None:
            self._pool = AioPool(size=self._workers)
        waiting = list(jobs)
        started: list[asyncio.Future[None]] = []
        try:
            while waiting:
                future = await self._pool.spawn(waiting.pop(0))
                if future.done():  # spawn swallows a cancellation and hands it back in the future
                    future.result()
                started.append(future)
            await asyncio.gather(*started)
        except BaseException:
            for job in waiting:
                job.close()  # never started
            await self._pool.cancel(*started) if started else None
            raise

    def _batches(self, items: list[Item]) -> list[list[Item]]:
        size = _BATCH if isinstance(self._engine, BatchSpeechEngine) else 1
        size = max(1, min(size, -(-len(items) // self._workers)))
        return [items[start : start + size] for start in range(0, len(items), size)]

    async def _batch(self, items: list[Item], report: PrepareReport) -> None:
        """Speak items of one language. What a batch could not do is tried again one by one, until it is hopeless."""
        language = items[0].language
        folder = self._folder / language.value
        folder.mkdir(parents=True, exist_ok=True)
        raw = {item: folder / f".{uuid.uuid4().hex}.raw.wav" for item in items}
        failures = 0
        try:
            if len(items) > 1 and isinstance(self._engine, BatchSpeechEngine):
                await self._speak_batch(self._engine, raw, language)
            for item in items:
                problem = _GIVEN_UP if failures >= _HOPELESS else await self._finish(item, raw[item])
                failures = failures + 1 if problem else 0
                if problem:
                    report.failed.append((item, problem))
                else:
                    report.rendered += 1
        finally:
            for path in raw.values():
                path.unlink(missing_ok=True)

    async def _speak_batch(self, engine: BatchSpeechEngine, raw: dict[Item, Path], language: Language) -> None:
        plain = {
            item: path for item, path in raw.items() if item.text != PAUSE and with_pauses(item.text) == [item.text]
        }
        texts = [(spoken_form(item.text, language), path) for item, path in plain.items()]
        texts = [(text, path) for text, path in texts if expected_seconds(text)[1]]
        if not texts:
            return
        try:
            await engine.speak_many(texts, language)
        except SpeechFailed as error:
            log.warning("speech_batch_failed", texts=len(texts), error=str(error))

    async def _finish(self, item: Item, raw: Path) -> str:
        """Speak the item unless its batch did, and put it into its place. Return what went wrong, or ""."""
        base = self.base(item.language, item.text)
        try:
            if item.text == PAUSE:
                await asyncio.to_thread(audio.write_pair, audio.silence(_PAUSE_S), 16000, base)
            else:
                samples, rate = await self._spoken(item, raw)
                await asyncio.to_thread(_level_and_write, samples, rate, base)
        except (SpeechFailed, OSError) as error:
            return str(error)
        except Exception as error:
            log.exception("speech_failed", prompt=item.name, language=item.language.value)
            return repr(error)
        return ""

    async def _spoken(self, item: Item, raw: Path) -> tuple[Samples, int]:
        """Return the speech of a text, with the silences that its marks ask for."""
        rate = 0
        parts: list[Samples | float] = []
        for part in with_pauses(item.text):
            if isinstance(part, float):
                parts.append(part)
                continue
            samples, rate = await self._speak(spoken_form(part, item.language), item.language, raw)
            parts.append(samples)
        if not parts:
            raise SpeechFailed(item.text, "there is nothing in it that can be said")
        rate = rate or 16000
        return np.concatenate([audio.silence(one, rate) if isinstance(one, float) else one for one in parts]), rate

    async def _speak(self, text: str, language: Language, raw: Path) -> tuple[Samples, int]:
        if not expected_seconds(text)[1]:
            raise SpeechFailed(text, "there is nothing in it that can be said")
        if not await asyncio.to_thread(raw.exists):
            await self._engine.speak(text, language, raw)
        try:
            return await asyncio.to_thread(_whole_speech, text, raw)
        finally:
            await asyncio.to_thread(raw.unlink, missing_ok=True)


def _whole_speech(text: str, raw: Path) -> tuple[Samples, int]:
    """Return what the engine made, trimmed. Raises ``SpeechFailed`` when it cannot be the whole text."""
    try:
        samples, rate = audio.load(raw)
    except ValueError as error:
        raise SpeechFailed(text, str(error)) from error
    speech = audio.trim(samples, rate)
    seconds = len(speech) / rate
    least, most = expected_seconds(text)
    if not least <= seconds <= most:
        raise SpeechFailed(text, f"{seconds:.2f} s of speech came out; {least:.2f} to {most:.2f} s were expected")
    return speech, rate


def _level_and_write(samples: Samples, rate: int, base: Path) -> None:
    audio.write_pair(level(samples, rate), rate, base)
