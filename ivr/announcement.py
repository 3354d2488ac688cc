"""The announcement of the day: recorded by phone or handed in as a file, said in flows that ask for it.

What is recorded is a draft until it is activated. Files are never overwritten: each has a name of its own, and one
small file says which is in use, so that a caller who is listening hears it to its end.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from calls import Clock, Language, Sound
from ivr.kept import read_kept, write_kept
from ivr.services import PromptPlayer
from ivr.speech import audio
from ivr.system_prompts import ANNOUNCEMENT

log = structlog.get_logger(__name__)

LONGEST_S = 120.0
_LEAST_S = 1.0
_STATE = "announcement.json"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One recording. ``until`` (epoch seconds; None: until removed) counts from when it was activated."""

    name: str  # of the file, without its ending
    seconds: float
    since: float
    until: float | None = None
    by: str = ""


class AnnouncementOfTheDay:
    """The draft and the one that callers hear, in a folder of their own."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder.absolute()
        self._clock = clock
        kept = read_kept(self._folder / _STATE)
        self._current, self._draft = _read(kept.get("current")), _read(kept.get("draft"))

    @property
    def current(self) -> Announcement | None:
        """What callers hear now."""
        found = self._current
        return found if found is not None and (found.until is None or self._clock.now() < found.until) else None

    @property
    def draft(self) -> Announcement | None:
        """What was recorded and is not activated yet."""
        return self._draft

    def sound(self, announcement: Announcement | None) -> Sound | None:
        """Return what is to be played, None when there is nothing."""
        if announcement is None or not (self._folder / f"{announcement.name}.wav").is_file():
            return None
        return Sound(self._folder / announcement.name)

    def new_recording(self) -> Path:
        """Return a file to record into, which ``take`` is then given."""
        folder = self._folder / "spoken"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{secrets.token_hex(8)}.wav"

    async def take(self, recorded: Path, by: str) -> Announcement:
        """Make a recording the draft: silence trimmed, level made even. Raises ``ValueError`` with what is wrong."""
        name = f"{int(self._clock.now())}-{secrets.token_hex(4)}"
        seconds = await asyncio.to_thread(_convert, recorded, self._folder / name)
        draft = Announcement(name, round(seconds, 1), self._clock.now(), by=by)
        self._keep(self._current, draft)
        log.info("announcement.recorded", seconds=draft.seconds, by=by)
        return draft

    def activate(self, until: float | None, by: str) -> Announcement | None:
        """Let callers hear the draft from now on; return it, or None when there is none."""
        draft = self._draft
        if draft is None:
            return None
        current = Announcement(draft.name, draft.seconds, self._clock.now(), until, by)
        self._keep(current, None)
        log.warning("announcement.activated", seconds=current.seconds, until=until, by=by)
        return current

    def remove(self, by: str) -> bool:
        """Let callers hear nothing any more; return whether there was something."""
        there = self.current is not None
        self._keep(None, self._draft)
        if there:
            log.warning("announcement.removed", by=by)
        return there

    def _keep(self, current: Announcement | None, draft: Announcement | None) -> None:
        """Write down what counts, and only then delete what no longer does."""
        values = {"current": asdict(current) if current else None, "draft": asdict(draft) if draft else None}
        write_kept(self._folder / _STATE, values)
        self._current, self._draft = current, draft
        kept = {one.name for one in (current, draft) if one is not None}
        for path in self._folder.glob("*.wav*"):
            if path.name.partition(".")[0] not in kept:
                path.unlink(missing_ok=True)


class WithAnnouncement:
    """A prompt player that says the announcement of the day where the prompt ``announcement`` is named (nothing when
    there is none), and all else as the player does that it is given."""

    def __init__(self, player: PromptPlayer, announcement: AnnouncementOfTheDay) -> None:
        self._player, self._announcement = player, announcement

    async def sounds(self, name: str, text: str, language: Language, **slots: object) -> Sequence[Sound]:
        """Return the sounds of a prompt."""
        if name == ANNOUNCEMENT and not text:
            sound = self._announcement.sound(self._announcement.current)
            return [] if sound is None else [sound]
        return await self._player.sounds(name, text, language, **slots)


def _convert(recorded: Path, base: Path) -> float:
    samples, rate = audio.load(recorded)
    samples = audio.trim(samples, rate)
    seconds = len(samples) / rate
    if seconds < _LEAST_S:
        raise ValueError(f"nothing is to be heard in {recorded.name}: speak for at least {_LEAST_S:g} s")
    if seconds > LONGEST_S:
        raise ValueError(f"{recorded.name} lasts {seconds:.0f} s: at most {LONGEST_S:.0f} s are said to callers")
    base.parent.mkdir(parents=True, exist_ok=True)
    audio.write_pair(audio.level(samples, rate), rate, base)
    return seconds


def _read(kept: object) -> Announcement | None:
    if not isinstance(kept, dict):
        return None
    try:
        return Announcement(**kept)
    except TypeError:
        log.exception("announcement.unreadable")
        return None
