"""Thirds come and go: what the hotline learns of it, and the books."""

import asyncio
from typing import TYPE_CHECKING

from calls.conversation import Happening
from calls.line import RingOutcome
from calls.segments import CALLER
from calls.targets import NoTarget, Target
from calls.timeline import PartyInvited, PartyJoined, PartyLeft
from telephony.parties import Present, Third, the_one
from telephony.talking import Talking

if TYPE_CHECKING:
    from telephony.conversation import News


class Thirds(Talking):
    """What is done to those whom the agent brings in."""

    def present(self) -> list[Present]:
        """Return whom the agent has brought in, or has rung."""
        return [Present(third.party, third.number, there=bool(third.channel)) for third in self._thirds]

    def _means(self, news: "News") -> None:
        """Say which third is to be dropped, and what the wish is by who else is there. Raises ``NobodySuchError``."""
        if not self._thirds and not news.whom:
            return  # the law refuses it
        third = news.third = the_one(self._thirds, news.whom)
        others = [other for other in self._thirds if other is not third]
        if any(other.channel for other in others):
            news.kind = Happening.DROP_BESIDE_ONE
        elif others:
            news.kind = Happening.DROP_BESIDE_RINGING

    def _counts(self, news: "News") -> bool:
        """Whether news of a third is still news; one that left is taken off."""
        third = news.third
        if third is None or third not in self._thirds:
            return False
        if news.kind is Happening.THIRD_LEFT:
            self._took_off(third)
            if any(t.channel for t in self._thirds):
                news.kind = Happening.ONE_THIRD_LEFT
            else:
                news.kind = Happening.ONE_STILL_RINGS if self._thirds else Happening.THIRD_LEFT
        elif news.kind is Happening.THIRD_FAILED:
            self._thirds.remove(third)
            news.kind = Happening.ONE_FAILED if self._thirds else Happening.THIRD_FAILED
        return True

    # -- they come -------------------------------------------------------------------------------------------------

    def _rings(self, target: Target) -> Third:
        """Somebody is about to be rung. Raises ``NoTarget``."""
        if any(third.party == target.party for third in self._thirds):
            raise NoTarget("talk.there_already", f"{target.party} is in this talk already")
        return Third(self._hotline.rings(self.call, target))

    def _invited(self, third: Third) -> None:
        self._thirds.append(third)
        self._append(PartyInvited(call=self.call, at=self._now(), party=third.party, number=third.number))

    def _joined(self, third: Third) -> None:
        if not third.joined:
            third.joined = True
            self._thirds.remove(third)
            self._thirds.append(third)  # who joined last is the last
            self._append(PartyJoined(call=self.call, at=self._now(), party=third.party))
        self._write_down()

    def _write_down(self) -> None:
        """Write down who hears the caller now."""
        present = [third.party for third in self._thirds if third.joined]
        self._together([[CALLER, *([] if self._agent_is_gone else [self.agent_party]), *present]])

    # -- they go ---------------------------------------------------------------------------------------------------

    def _failed(self, news: "News") -> None:
        third, outcome = third_of(news), news.outcome or RingOutcome.FAILED
        self._hotline.failed(self.call, third.target, outcome)
        self._append(PartyLeft(call=self.call, at=self._now(), party=third.party, reason=outcome.value))

    def _took_off(self, third: Third) -> None:
        """A third has left by itself."""
        self._thirds.remove(third)
        self._append(PartyLeft(call=self.call, at=self._now(), party=third.party))
        self._hotline.left(self.call, third.target, "agent")

    async def _dismiss_all(self, *, keeping: Third | None = None, by: str = "system") -> None:
        """Hang up, or stop ringing, all thirds; ``keeping`` stays on the list."""
        for third in list(self._thirds):
            await self._dismiss(third, by=by)
            if third is keeping:
                self._thirds.append(third)

    async def _dismiss(self, third: Third, *, by: str = "system") -> None:
        """Hang up, or stop ringing, one third."""
        third.dismissed = True
        ringing, third.ringing = third.ringing, None
        if ringing is not None:
            ringing.cancel()
            await asyncio.gather(ringing, return_exceptions=True)
        if third.channel:
            await self._moves.hang_up(third.channel)
            self._hotline.left(self.call, third.target, by)
        else:
            self._hotline.failed(self.call, third.target, None)
        reason = "hang_up" if third.channel else "called_off"
        self._append(PartyLeft(call=self.call, at=self._now(), party=third.party, reason=reason))
        self._thirds.remove(third)


def third_of(news: "News") -> Third:
    """Return whom news is of."""
    assert news.third is not None
    return news.third
