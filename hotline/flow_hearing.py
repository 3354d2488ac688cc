"""Hearing a pretended call: its prompts as sounds, played by a program of this machine or written into one file."""

import asyncio
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from hotline.flow_files import SHIPPED
from hotline.settings import Settings
from ivr.rehearsal_prompts import Heard
from ivr.speech import PromptStore, Pyttsx3Engine

_PLAYERS = (("aplay", "-q"), ("paplay",), ("pw-play",), ("play", "-q"), ("afplay",))
_RATE = 16000
_PAUSE_S = 0.4  # between two prompts
_LONGEST_S = 120.0


class NoPlayer(Exception):
    """No program is there that plays sounds."""


class Hearing:
    """Turns what was heard into sounds. Raises ``NoPlayer`` when it is to be aloud and nothing can play."""

    def __init__(self, settings: Settings | None, *, aloud: bool) -> None:
        self._player = next((player for player in _PLAYERS if shutil.which(player[0])), None)
        if aloud and self._player is None:
            names = ", ".join(player[0] for player in _PLAYERS)
            raise NoPlayer(f"none of {names} is installed; use --wav FILE and play that")
        state = settings.state_dir.absolute() if settings is not None else Path("var").absolute()
        prompts = settings.prompts_dir.absolute() if settings is not None else state / "prompts"
        dialplans = settings.files.dialplans.absolute() if settings is not None else SHIPPED
        self._store = PromptStore(prompts, dialplans / "recordings", Pyttsx3Engine(state / "espeak"))

    def aloud(self, heard: Heard) -> None:
        """Play one prompt now, and wait until it is over; called out of a running loop."""
        self._play(self._in_another_thread([heard])[0])

    async def give(self, heard: Sequence[Heard], wav: Path | None, *, aloud: bool) -> None:
        """Write everything into one file, play it one after the other, or both."""
        bases = await self._sounds(heard)
        if wav is not None:
            await asyncio.to_thread(_write, wav, bases)
        for base in bases if aloud else ():
            await asyncio.to_thread(self._play, base)

    async def _sounds(self, heard: Sequence[Heard]) -> list[Path | None]:
        await self._store.prepare([(one.name, one.language, one.text) for one in heard])
        found = [self._store.find(one.name, one.language, one.text) for one in heard]
        return [sound.path if sound is not None else None for sound in found]

    def _in_another_thread(self, heard: Sequence[Heard]) -> list[Path | None]:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only when listening

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(self._sounds(heard))).result()

    def _play(self, base: Path | None) -> None:
        if base is not None and self._player is not None:
            subprocess.run([*self._player, f"{base}.wav"], check=False, timeout=_LONGEST_S, stdin=subprocess.DEVNULL)


def _write(wav: Path, bases: Sequence[Path | None]) -> None:
    """Put sounds into one file, with a pause behind each."""
    pause = np.zeros(int(_PAUSE_S * _RATE), dtype=np.int16)
    parts: list[np.ndarray] = []
    for base in bases:
        if base is not None:
            samples, _ = soundfile.read(f"{base}.wav16", dtype="int16")
            parts += [samples, pause]
    wav.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(wav, np.concatenate(parts) if parts else pause, _RATE, subtype="PCM_16", format="WAV")
