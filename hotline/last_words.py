"""What Asterisk says by itself: to whoever an agent has put on hold and nobody fetches, also while the service is away;
and to those who are turned away because more comes than can be carried."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import structlog

from calls import Sound

log = structlog.get_logger(__name__)


async def leave_last_words(sounds: Sequence[Sound], folder: Path, name: str = "sorry") -> None:
    """Lay the sound into Asterisk's folder, whole or not at all; with none, people are hung up without a word. What the
    disk refuses is logged."""
    try:
        await asyncio.to_thread(_copy, sounds, folder / f"{name}.wav")
    except OSError as error:
        log.warning("last_words.not_left", error=str(error))


def _copy(sounds: Sequence[Sound], to: Path) -> None:
    for sound in sounds[:1]:
        temporary = to.with_suffix(".new")
        shutil.copyfile(sound.path.with_suffix(".wav"), temporary)
        temporary.replace(to)
