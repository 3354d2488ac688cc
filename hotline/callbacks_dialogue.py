"""What a waiting caller hears of being called back: the offer, and the number read back digit by digit."""

from collections.abc import Callable
from typing import Protocol

from acd.desk import Announcer, Told
from agents.callback_settings import CallbackSettings
from calls import Clock, Language, Line, Sound
from calls.line import DigitsEnd, DigitsWanted

_MOST_MISTAKES = 3  # wrong keys, silences and numbers that cannot be called; then the caller waits on
_YES, _OTHER, _WAIT_ON = "1", "2", "3"
_CONFIRM = DigitsWanted(max_digits=1, terminators="", first_timeout_s=6.0)
_NUMBER = DigitsWanted(max_digits=18, terminators="#", first_timeout_s=8.0, between_timeout_s=4.0)


class Voice(Protocol):
    """Turns system prompts into sounds."""

    async def __call__(self, name: str, language: Language, **slots: object) -> list[Sound]:
        """Return the sounds of a prompt."""
        ...


def own_number(presented: str) -> str:
    """Return a presented number as it is dialled within the country."""
    for prefix in ("+86", "0086"):
        if presented.startswith(prefix):
            return presented.removeprefix(prefix)
    return presented


class CallbackDialogue:
    """Asks where to call."""

    def __init__(self, voice: Voice, allowed: Callable[[str], bool]) -> None:
        """``allowed`` tells whether a number may be called, and can be."""
        self.voice = voice
        self._allowed = allowed

    async def number(self, line: Line, *, proposed: bool = False) -> str | None:
        """Return the number that the caller has confirmed, or None: they wait on. ``proposed``: it was not the caller's
        idea. Raises ``CallerHungUp``."""
        number, mistakes = own_number(line.call.caller), 0
        await line.music(on=False)
        line.forget_digits()
        if proposed:
            await self._say(line, "callback_proposed")
        while mistakes < _MOST_MISTAKES:
            if not number or not self._allowed(number):
                if number:
                    mistakes += 1
                    await self._say(line, "callback_not_possible")
                    if mistakes == _MOST_MISTAKES:
                        break
                number = await self._ask(line)
                if not number:
                    mistakes += 1
                continue
            pressed = await line.collect(await self._sounds(line, "callback_confirm", number=number), _CONFIRM)
            if pressed.pressed == _YES:
                return number
            if pressed.pressed == _WAIT_ON:
                break
            if pressed.pressed == _OTHER:
                number = await self._ask(line)
                mistakes += not number
                number = number or own_number(line.call.caller)
            else:
                mistakes += 1
                await self._say(line, "no_input" if pressed.end is DigitsEnd.TIMEOUT else "no_match")
                line.forget_digits()
        await self._say(line, "callback_not_taken")
        return None

    async def promised(self, line: Line) -> None:
        """Say that they are called back, and goodbye."""
        await self._say(line, "callback_promised")

    async def greet(self, line: Line) -> None:
        """Say who calls back."""
        await self._say(line, "callback_greeting")

    async def _ask(self, line: Line) -> str:
        return (await line.collect(await self._sounds(line, "callback_ask_number"), _NUMBER)).pressed

    async def _say(self, line: Line, name: str) -> None:
        await line.play(await self._sounds(line, name))

    async def _sounds(self, line: Line, name: str, **slots: object) -> list[Sound]:
        return await self.voice(name, line.call.language, **slots)


class OfferingAnnouncer:
    """Tells the place, and from a set time of waiting on how to be called back (``acd.Announcer``)."""

    def __init__(
        self, inner: Announcer, voice: Voice, settings: CallbackSettings, clock: Clock, waiting_since: float
    ) -> None:
        self._inner, self._voice, self._settings = inner, voice, settings
        self._clock, self._since = clock, waiting_since

    async def announce(self, line: Line, place: int, estimate_s: float | None) -> Told:
        """Say the place, then the offer."""
        told = await self._inner.announce(line, place, estimate_s) or Told()
        if not told.digit and self._clock.now() - self._since >= self._settings.offer_after_s:
            await line.play(await self._voice("callback_offer", line.call.language, key=self._settings.key))
        return told
