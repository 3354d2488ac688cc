"""Prompts as files, made ahead of time: recorded ones where there are, spoken ones elsewhere, cached by content."""

import asyncio
import hashlib
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog

from calls import Language, Sound
from ivr.speech import audio
from ivr.speech.engine import SpeechEngine
from ivr.speech.items import Item, PrepareReport, plain_name
from ivr.speech.loudness import level
from ivr.speech.recordings import RecordingFiles
from ivr.speech.rendering import Renderer

_FORMAT = "4"  # raise when audio.py or loudness.py change what they make of the same recording
_UNFINISHED_S = 24 * 3600.0  # no rendering takes that long: what is left of it then was given up

log = structlog.get_logger(__name__)


class PromptStore:
    """Keeps every prompt as ``<base>.wav`` (8 kHz) and ``<base>.wav16`` (16 kHz) under ``cache_dir``.

    A recorded file ``recordings_dir/<language>/<name>.wav`` wins over speech and is itself never changed. At most
    ``workers`` jobs run at a time over all ``prepare`` calls.
    """

    def __init__(self, cache_dir: Path, recordings_dir: Path, engine: SpeechEngine, workers: int = 2) -> None:
        self._cache_dir = cache_dir.absolute()
        self.recordings = RecordingFiles(recordings_dir)
        self._renderer = Renderer(self._cache_dir, engine, workers)
        self._recorded: dict[tuple[Language, str, str], Path] = {}  # language, name without flow, text
        self._spoken: dict[tuple[Language, str], Path] = {}

    def find(self, name: str, language: Language, text: str) -> Sound | None:
        """Return the prompt when it is there: the recording, else the spoken text. Never renders."""
        base = self._recorded.get((language, plain_name(name), text)) or self._spoken.get((language, text))
        if base is None:
            base = self._renderer.base(language, text)
            if not _complete(base):
                return None
            self._spoken[language, text] = base
        return Sound(base)

    def recording(self, name: str, language: Language, text: str) -> Sound | None:
        """Return the recorded prompt of this name and text, when ``prepare`` has found one."""
        base = self._recorded.get((language, plain_name(name), text))
        return Sound(base) if base else None

    def spoken(self, language: Language, text: str) -> Sound | None:
        """Return the text as the voice says it, when that was rendered; recordings do not count."""
        base = self._renderer.base(language, text)
        return Sound(base) if _complete(base) else None

    async def prepare(self, items: Iterable[tuple[str, Language, str]], *, anew: bool = False) -> PrepareReport:
        """Make all these prompts ready to be played. Failures are reported, not raised.

        Items with the same language and text are made once; with ``anew`` those that are there are made again.
        Cancelling stops the jobs begun by this call.
        """
        report = PrepareReport()
        missing: dict[tuple[Language, str], Item] = {}
        recorded: set[tuple[Language, str, str]] = set()
        for item in dict.fromkeys(Item(name, Language(language), text) for name, language, text in items):
            key = (item.language, item.plain, item.text)
            if await self._take_recording(item, report):
                recorded.add(key)
                continue
            if key not in recorded:  # a namesake of another flow may be recorded
                self._recorded.pop(key, None)
            if not anew and self.find(item.name, item.language, item.text):
                report.cached += 1
            else:
                missing.setdefault((item.language, item.text), item)
        await self._renderer.render(list(missing.values()), report)
        for item in missing.values():
            self.find(*item)  # so that it counts as in use
        if report.failed:
            first = [f"{item.language.value}/{item.name}: {problem}" for item, problem in report.failed[:3]]
            log.error("prompts_failed", count=len(report.failed), first=first)
        return report

    async def _take_recording(self, item: Item, report: PrepareReport) -> bool:
        """Put the item's recording into the cache when there is one; an unreadable one is reported and passed over."""
        path = self.recordings.find(item.name, item.language)
        if path is None:
            return False
        try:
            self._recorded[item.language, item.plain, item.text] = await asyncio.to_thread(
                self._convert_recording, path, item
            )
        except (ValueError, OSError) as error:
            log.warning("recording_unusable", prompt=item.name, language=item.language.value, error=str(error))
            report.failed.append((item, str(error)))
            return False
        report.recorded += 1
        return True

    def _convert_recording(self, path: Path, item: Item) -> Path:
        base = self.converted(path, item.language)
        if not _complete(base):
            base.parent.mkdir(parents=True, exist_ok=True)
            samples, rate = audio.load(path)
            audio.write_pair(level(samples, rate), rate, base)
        self.recordings.seen(path, item)
        return base

    def converted(self, path: Path, language: Language) -> Path:
        """Return where the files of a recording are (or would be), without the extension. Raises ``OSError``."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:32]
        return self._cache_dir / language.value / f"recorded-{_FORMAT}-{digest}"

    def clear_out(self, older_than_s: float) -> int:
        """Remove files that nobody has needed for so long; return how many prompts went. Those that this store has in
        use are kept, and count as needed now: calls in a former version of a flow still say them."""
        kept = set(self._spoken.values()) | set(self._recorded.values())
        now = time.time()
        gone = 0
        for path in self._cache_dir.glob("*/*"):
            base = path.with_suffix("")
            with suppress(OSError):
                if path.name.startswith("."):
                    if now - path.stat().st_mtime > _UNFINISHED_S:
                        path.unlink()
                elif base in kept:
                    os.utime(path)
                elif path.suffix in (".wav", ".wav16") and now - path.stat().st_mtime > older_than_s:
                    path.unlink()
                    gone += path.suffix == ".wav"
        return gone


def _complete(base: Path) -> bool:
    """Whether both files are there and hold samples (a wav header alone has 44 bytes)."""
    try:
        return all(base.with_name(base.name + suffix).stat().st_size > 44 for suffix in (".wav", ".wav16"))
    except FileNotFoundError:
        return False
