"""Prompts as files, made ahead of time: recorded ones where there are, spoken ones elsewhere, cached by content."""

import asyncio
import hashlib
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import structlog
from asyncio_pool import AioPool

from calls import Language, Sound
from ivr.speech import audio
from ivr.speech.engine import BatchSpeechEngine, SpeechEngine, SpeechFailed
from ivr.speech.normalise import expected_seconds, spoken_form
from ivr.speech.say import PAUSE

_FORMAT = "2"  # raise when audio.py changes what it makes of the same speech
_BATCH = 16  # texts a worker process speaks at once
_PAUSE_S = 0.22
_HOPELESS = 3  # failures in a row after which a batch is given up: the engine is broken, not the text
_GIVEN_UP = "not tried: several texts before it failed"
_SAFE_NAME = re.compile(r"[\w ,'-]+([./][\w ,'-]+)*")

log = structlog.get_logger(__name__)


class Item(NamedTuple):
    """A prompt to be had as a file: its name (for recordings), language and text (for speech)."""

    name: str
    language: Language
    text: str


@dataclass(slots=True)
class PrepareReport:
    """What ``prepare`` did, in numbers of distinct prompts; ``failed`` says of each failed item why."""

    rendered: int = 0
    cached: int = 0
    recorded: int = 0
    failed: list[tuple[Item, str]] = field(default_factory=list)


class PromptStore:
    """Keeps every prompt as ``<base>.wav`` (8 kHz) and ``<base>.wav16`` (16 kHz) under ``cache_dir``.

    A recorded file ``recordings_dir/<language>/<name>.wav`` wins over speech and is itself never changed. At most
    ``workers`` jobs run at a time over all ``prepare`` calls.
    """

    def __init__(self, cache_dir: Path, recordings_dir: Path, engine: SpeechEngine, workers: int = 2) -> None:
        self._cache_dir = cache_dir.absolute()
        self._recordings_dir = recordings_dir
        self._engine = engine
        self._workers = workers
        self._pool: AioPool | None = None
        self._recorded: dict[tuple[Language, str], Path] = {}
        self._spoken: dict[tuple[Language, str], Path] = {}

    def find(self, name: str, language: Language, text: str) -> Sound | None:
        """Return the prompt when it is there: the recording, else the spoken text. Never renders."""
        base = self._recorded.get((language, name)) or self._spoken.get((language, text))
        if base is None:
            base = self._base(language, text)
            if not _complete(base):
                return None
            self._spoken[language, text] = base
        return Sound(base)

    def recording(self, name: str, language: Language) -> Sound | None:
        """Return the recorded prompt of this name, when ``prepare`` has found one."""
        base = self._recorded.get((language, name))
        return Sound(base) if base else None

    async def prepare(self, items: Iterable[tuple[str, Language, str]]) -> PrepareReport:
        """Make all these prompts ready to be played. Failures are reported, not raised.

        Items with the same language and text are made once. Cancelling stops the jobs begun by this call.
        """
        report = PrepareReport()
        missing: dict[Language, dict[str, Item]] = {}
        for item in dict.fromkeys(Item(name, Language(language), text) for name, language, text in items):
            if await self._take_recording(item, report):
                continue
            if self.find(item.name, item.language, item.text):
                report.cached += 1
            else:
                missing.setdefault(item.language, {}).setdefault(item.text, item)
        await self._run(
            [self._render(batch, report) for some in missing.values() for batch in self._batches(list(some.values()))]
        )
        if report.failed:
            first = [f"{item.language.value}/{item.name}: {problem}" for item, problem in report.failed[:3]]
            log.error("prompts_failed", count=len(report.failed), first=first)
        return report

    async def _run(self, jobs: Sequence[object]) -> None:
        """Run jobs (coroutines that do not raise) in the bounded pool and wait for them."""
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
                job.close()  # type: ignore[attr-defined] # never started
            await self._pool.cancel(*started) if started else None
            raise

    def _batches(self, items: list[Item]) -> list[list[Item]]:
        size = _BATCH if isinstance(self._engine, BatchSpeechEngine) else 1
        size = max(1, min(size, -(-len(items) // self._workers)))
        return [items[start : start + size] for start in range(0, len(items), size)]

    async def _render(self, items: list[Item], report: PrepareReport) -> None:
        """Speak items of one language. What a batch could not do is tried again one by one, until it is hopeless."""
        language = items[0].language
        folder = self._cache_dir / language.value
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
        texts = [(spoken_form(item.text, language), path) for item, path in raw.items() if item.text != PAUSE]
        texts = [(text, path) for text, path in texts if expected_seconds(text)[1]]
        if not texts:
            return
        try:
            await engine.speak_many(texts, language)
        except SpeechFailed as error:
            log.warning("speech_batch_failed", texts=len(texts), error=str(error))

    async def _finish(self, item: Item, raw: Path) -> str:
        """Speak the item unless its batch did, and put it into the cache. Return what went wrong, or ""."""
        base = self._base(item.language, item.text)
        try:
            if item.text == PAUSE:
                await asyncio.to_thread(audio.write_pair, audio.silence(_PAUSE_S), 16000, base)
            else:
                await self._speak(spoken_form(item.text, item.language), item.language, raw, base)
        except (SpeechFailed, OSError) as error:
            return str(error)
        except Exception as error:
            log.exception("speech_failed", prompt=item.name, language=item.language.value)
            return repr(error)
        self._spoken[item.language, item.text] = base
        return ""

    async def _speak(self, text: str, language: Language, raw: Path, base: Path) -> None:
        if not expected_seconds(text)[1]:
            raise SpeechFailed(text, "there is nothing in it that can be said")
        if not await asyncio.to_thread(raw.exists):
            await self._engine.speak(text, language, raw)
        await asyncio.to_thread(_convert_speech, text, raw, base)

    async def _take_recording(self, item: Item, report: PrepareReport) -> bool:
        """Put the item's recording into the cache when there is one; an unreadable one is reported and passed over."""
        key = (item.language, item.name)
        path = self._recordings_dir / item.language.value / f"{item.name}.wav"
        if not _SAFE_NAME.fullmatch(item.name) or not path.is_file():
            self._recorded.pop(key, None)
            return False
        try:
            self._recorded[key] = await asyncio.to_thread(self._convert_recording, path, item.language)
        except (ValueError, OSError) as error:
            log.warning("recording_unusable", prompt=item.name, language=item.language.value, error=str(error))
            report.failed.append((item, str(error)))
            self._recorded.pop(key, None)
            return False
        report.recorded += 1
        return True

    def _convert_recording(self, path: Path, language: Language) -> Path:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:32]
        base = self._cache_dir / language.value / f"recorded-{digest}"
        if not _complete(base):
            base.parent.mkdir(parents=True, exist_ok=True)
            audio.write_pair(*audio.load(path), base)
        return base

    def _base(self, language: Language, text: str) -> Path:
        """Return where a text's spoken files are (or would be)."""
        key = "\0".join((_FORMAT, self._engine.identity(language), language.value, spoken_form(text, language)))
        return self._cache_dir / language.value / hashlib.sha256(key.encode()).hexdigest()[:32]


def _convert_speech(text: str, raw: Path, base: Path) -> None:
    """Trim, level and resample what the engine made. Raises ``SpeechFailed`` when it cannot be the whole text."""
    try:
        samples, rate = audio.load(raw)
    except ValueError as error:
        raise SpeechFailed(text, str(error)) from error
    speech = audio.trim(samples, rate)
    seconds = len(speech) / rate
    least, most = expected_seconds(text)
    if not least <= seconds <= most:
        raise SpeechFailed(text, f"{seconds:.2f} s of speech came out; {least:.2f} to {most:.2f} s were expected")
    audio.write_pair(audio.level(speech, rate), rate, base)


def _complete(base: Path) -> bool:
    """Whether both files are there and hold samples (a wav header alone has 44 bytes)."""
    try:
        return all(base.with_name(base.name + suffix).stat().st_size > 44 for suffix in (".wav", ".wav16"))
    except FileNotFoundError:
        return False
