"""pyttsx3 on espeak-ng, one short-lived process per request, with the espeak-ng that pip brought along."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import espeakng_loader

from calls import Language
from ivr.speech.engine import SpeechFailed

_WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of espeak-ng: its name, and its pace in words a minute as espeak-ng counts them."""

    name: str
    rate: int


DEFAULT_VOICES: Mapping[Language, Voice] = {
    Language.ZH: Voice("cmn-latn-pinyin", 190),
    Language.EN: Voice("en-us", 145),
}


class Pyttsx3Engine:
    """Speaks with pyttsx3 in sub-processes. Needs neither root nor an espeak-ng of the system.

    ``library_dir`` (made when missing) receives links to espeak-ng's library and data. ``limit_s`` bounds one text; the
    process is killed when it takes longer.
    """

    def __init__(
        self,
        library_dir: Path,
        *,
        voices: Mapping[Language, Voice] = DEFAULT_VOICES,
        limit_s: float = 15.0,
        worker: Sequence[str] = (sys.executable, "-P", str(_WORKER)),
    ) -> None:
        self._library_dir = library_dir.absolute()
        self._voices = dict(voices)
        self._limit_s = limit_s
        self._worker = tuple(worker)
        self._version = f"pyttsx3-{version('pyttsx3')}/espeak-{version('espeakng-loader')}"

    def identity(self, language: Language) -> str:
        """Return engine, versions, voice and rate."""
        voice = self._voices.get(language)
        return f"{self._version}/{voice.name}/{voice.rate}" if voice else f"{self._version}/none"

    async def speak(self, text: str, language: Language, out: Path) -> None:
        """Speak one text into ``out`` (22,050 Hz wav). Raises ``SpeechFailed``."""
        await self.speak_many([(text, out)], language)

    async def speak_many(self, texts: Sequence[tuple[str, Path]], language: Language) -> None:
        """Speak several texts by one worker, which forks for each (saves an interpreter's start a text).

        Raises ``SpeechFailed``; the time limit of each text is kept by its own process.
        """
        voice = self._voices.get(language)
        if voice is None:
            raise SpeechFailed(texts[0][0], f"no voice is set for language {language.value!r}")
        request = {
            "voice": voice.name,
            "rate": voice.rate,
            "limit_s": self._limit_s,
            "texts": [(text, str(out.absolute())) for text, out in texts],
        }
        limit_s = self._limit_s + 0.2 * len(texts)
        self._link_library()
        try:
            status, complaint = await self._run(json.dumps(request).encode(), limit_s, texts[0][0])
        finally:
            for _, out in texts:
                out.with_name(out.name + ".part").unlink(missing_ok=True)
        missing = [text for text, out in texts if not out.exists()]
        if status != 0 or missing:
            raise SpeechFailed(
                [*missing, texts[0][0]][0], complaint or f"the worker ended with status {status} and said nothing"
            )

    async def _run(self, request: bytes, limit_s: float, text: str) -> tuple[int, str]:
        """Run one worker to its end; return its exit status and stderr. No way out leaves it alive."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._worker,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                cwd=self._library_dir,
                env=self._environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise SpeechFailed(text, f"the worker cannot be started: {error}") from error
        try:
            async with asyncio.timeout(limit_s):
                _, stderr = await process.communicate(request)
        except TimeoutError:
            raise SpeechFailed(text, f"time limit of {limit_s:g} s reached; the worker was killed") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # the worker and the child that speaks
                await process.wait()
        status = process.returncode
        return -1 if status is None else status, stderr.decode(errors="replace").strip()[-2000:]

    def _environment(self) -> dict[str, str]:
        """The worker's environment: ours, and where espeak-ng's library and data are.

        The data path is relative to the worker's folder because espeak-ng cuts paths at 160 characters.
        """
        path = [str(self._library_dir), os.environ.get("LD_LIBRARY_PATH", "")]
        return os.environ | {
            "LD_LIBRARY_PATH": os.pathsep.join(part for part in path if part),
            "ESPEAK_DATA_PATH": "espeak-ng-data",
            "PYTHONIOENCODING": "utf-8",
        }

    def _link_library(self) -> None:
        self._library_dir.mkdir(parents=True, exist_ok=True)
        for name, target in (
            ("libespeak-ng.so.1", espeakng_loader.get_library_path()),
            ("espeak-ng-data", espeakng_loader.get_data_path()),
        ):
            link = self._library_dir / name
            if link.is_symlink() and link.readlink() == Path(target):
                continue
            fresh = link.with_name(f"{name}.{os.getpid()}")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(target)
            fresh.replace(link)
