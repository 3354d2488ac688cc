"""What a seat's phone dialled, or was rung for: the first part that knows the code serves it."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from agents import Floor, SeatVoice, serve_seat
from agents.dial_rules import parse_wish
from calls import CallerHungUp, Language, SeatId
from hotline.dialling_out import DiallingOut
from hotline.listening import Listening
from hotline.picking_up import PickingUp
from hotline.prompt_desk import PromptDesk
from hotline.service_desk import SERVICE_CODE, ServiceDesk
from hotline.voicemail_phone import MessagePhone
from telephony.line import ChannelLine


@dataclass(frozen=True, slots=True)
class SeatCalls:
    """The parts that serve seats; an instance is handed to the switchboard."""

    floor: Floor
    voice: SeatVoice
    language: Language
    prompt_desk: PromptDesk
    listening: Listening
    picking_up: PickingUp
    voicemail: MessagePhone
    service_desk: ServiceDesk
    dialling_out: DiallingOut

    async def __call__(self, line: ChannelLine, seat: SeatId, dialled: str) -> None:
        """Serve a seat's line."""
        line.call.language = self.language
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(seat=seat)
        with suppress(CallerHungUp):
            if await self.prompt_desk.serve(line) or await self.listening.serve(line, seat, dialled):
                return
            if await self.picking_up.serve(line, seat, dialled):
                return
            if await self.voicemail.serve(line, seat, dialled, partial(self.dialling_out.serve, line, seat)):
                return
            if dialled == SERVICE_CODE:
                await self.service_desk.serve(line, seat)
                return
            wish = parse_wish(dialled)
            if wish is not None:
                await self.dialling_out.serve(line, seat, wish)
                return
            await serve_seat(line, seat, dialled, self.floor, self.voice)
            await line.hang_up()
