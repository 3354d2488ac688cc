"""How callers leave messages: boxes of the directory, their greeting, whether they take messages now."""

from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from agents.boxes import ANY_BOX
from agents.boxes import Box as BoxInDirectory
from calls import Language, Sound
from hotline.recording_policy import Places
from ivr import Box
from tickets import StoreUnavailable

log = structlog.get_logger(__name__)


class Counter(Protocol):
    """Counts messages; ``tickets.VoicemailStore`` is one."""

    async def waiting_in(self, box: str) -> int:
        """Return how many messages in a box are not done."""
        ...


class VoicemailBoxes:
    """The boxes, for flows. One that the directory does not have takes messages, too."""

    def __init__(
        self,
        boxes: Callable[[], Mapping[str, BoxInDirectory]],
        counter: Counter,
        places: Places,
        greeting: Callable[[str, Language], list[Sound]],
    ) -> None:
        """``greeting`` gives the sounds of a box's greeting, none where it has none."""
        self._boxes, self._counter, self._places, self._greeting = boxes, counter, places, greeting

    def named(self, name: str) -> BoxInDirectory:
        """Return a box; what holds for any, where the directory does not have it."""
        return self._boxes().get(name, ANY_BOX)

    def shortest_s(self, name: str) -> float:
        """Return how long a message has to be, in seconds."""
        return self.named(name).shortest_s

    async def opened(self, name: str, language: Language) -> Box:
        """Return how a box takes messages now."""
        box = self.named(name)
        return Box(
            open=await self._takes(name, box.most), greeting=self._greeting(name, language), longest_s=box.longest_s,
            silence_s=box.silence_s, shortest_s=box.shortest_s,
        )  # fmt: skip

    async def _takes(self, name: str, most: int) -> bool:
        if not self._places.takes_messages():
            log.error("voicemail.refused", box=name, reason="disk")
            return False
        try:
            waiting = await self._counter.waiting_in(name)
        except StoreUnavailable as error:  # a message more is better than one lost
            log.warning("voicemail.not_counted", box=name, error=str(error))
            return True
        if waiting >= most:
            log.error("voicemail.refused", box=name, reason="full", waiting=waiting, most=most,
                      remedy=f"hotline voicemail list --box {name}")  # fmt: skip
        return waiting < most
