"""Messages at an agent's phone: ``*18`` plays what is to be seen to, one by one; keys say what becomes of it."""

from collections.abc import Awaitable, Callable
from enum import StrEnum

import structlog

from agents import Floor, SeatVoice
from agents.dial_rules import Wish
from calls import AgentId, Line, SeatId, Sound
from calls.line import DigitsWanted
from hotline.voicemail_desk import VoicemailDesk
from hotline.voicemail_sound import MessageSounds, NoSound
from tickets import Message, StoreUnavailable

log = structlog.get_logger(__name__)

MESSAGES_CODE = "*18"
_MOST_AGAIN = 20


class Key(StrEnum):
    """What an agent may press."""

    AGAIN = "1"
    CALL_BACK = "2"
    DONE = "3"
    NEXT = "#"


_KEYS = "".join(Key)
Dial = Callable[[Wish], Awaitable[None]]
"""Dials from the phone that is being served, and carries that call to its end."""


class MessagePhone:
    """Serves agents who dial the code."""

    def __init__(
        self,
        desk: VoicemailDesk,
        sounds: MessageSounds,
        floor: Floor,
        voice: SeatVoice,
        noted: Callable[[Message, str], Awaitable[None]],
    ) -> None:
        """``noted`` writes down, before it happens, that somebody listens to a message."""
        self._desk, self._sounds, self._floor, self._voice, self._noted = desk, sounds, floor, voice, noted

    async def serve(self, line: Line, seat: SeatId, dialled: str, dial: Dial) -> bool:
        """Serve a phone that dialled the code; return whether it did. Raises ``CallerHungUp``."""
        if dialled != MESSAGES_CODE:
            return False
        await line.answer()
        standing = self._floor.at_seat(seat)
        if standing is None:
            await self._say(line, "seat.not_logged_in")
        elif (wish := await self._through(line, standing.agent)) is not None:
            await dial(wish)
            return True
        await line.hang_up()
        return True

    async def _through(self, line: Line, agent: AgentId) -> Wish | None:
        """Play everything; return whom the agent wants to call back, if anybody."""
        try:
            messages = await self._desk.for_agent(agent)
            for number, message in enumerate(messages):
                if number:
                    await self._say(line, "message.next")
                pressed = await self._one(line, message, agent)
                if pressed is Key.CALL_BACK:
                    if not message.assigned:
                        await self._desk.assign(message, agent, agent)
                    return Wish(message.caller, message.ticket)
            await self._say(line, "message.last" if messages else "message.none")
        except StoreUnavailable as error:
            log.warning("voicemail.not_played", error=str(error))
            await self._say(line, "message.no_sound")
        return None

    async def _one(self, line: Line, message: Message, agent: AgentId) -> Key:
        """Play a message until the agent goes on; return CALL_BACK or NEXT."""
        pressed = await self._play(line, message, agent)
        for _ in range(_MOST_AGAIN):
            match pressed or await self._ask(line):
                case Key.AGAIN:
                    pressed = await self._play(line, message, agent)
                    continue
                case Key.CALL_BACK if message.caller.isdigit():
                    return Key.CALL_BACK
                case Key.CALL_BACK:
                    await self._say(line, "message.no_number")
                case Key.DONE:
                    await self._desk.done(message, agent)
                    await self._say(line, "message.done")
                    return Key.NEXT
                case _:
                    return Key.NEXT
            pressed = ""
        return Key.NEXT

    async def _play(self, line: Line, message: Message, agent: AgentId) -> str:
        """Say the box, play the message; return the key that stopped it, or "". Then it counts as heard."""
        box = self._voice(f"box.{message.box}", line.call.language)
        try:
            await self._noted(message, agent)
            async with self._sounds.playable(message) as sound:
                pressed = await line.play([*box, sound], interrupt=_KEYS)
        except NoSound as error:
            log.warning("voicemail.not_played", message=message.id, error=str(error))
            await self._say(line, "message.no_sound")
            return ""
        await self._desk.heard(message, agent)
        return pressed

    async def _ask(self, line: Line) -> str:
        wanted = DigitsWanted(max_digits=1, terminators="", first_timeout_s=8.0)
        return (await line.collect(self._sound("message.menu", line), wanted)).pressed

    async def _say(self, line: Line, phrase: str) -> None:
        await line.play(self._sound(phrase, line))

    def _sound(self, phrase: str, line: Line) -> list[Sound]:
        return list(self._voice(phrase, line.call.language))
