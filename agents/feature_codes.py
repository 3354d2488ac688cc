"""What a softphone's feature codes do: ``parse`` reads them, ``serve_seat`` carries them out and says so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from agents.floor import Floor, LoginResult, Result
from calls import AgentId, Language, Line, SeatId, Sound
from calls.line import DigitsWanted


class Code(StrEnum):
    """The codes, as dialled from an idle seat."""

    SAY_STATE = "*10"
    LOG_IN = "*11"
    READY = "*12"
    BREAK = "*13"  # followed by the reason's number, or asked for
    LOG_OUT = "*14"
    END_WRAP_UP = "*15"
    EXTEND_WRAP_UP = "*16"


@dataclass(frozen=True, slots=True)
class Command:
    """A code, and the number dialled behind it ("" when there was none)."""

    code: Code
    argument: str = ""


_FORM = re.compile(r"(\*1[0-6])([0-9]?)")


def parse(dialled: str) -> Command | None:
    """Return what was asked for, or None when there is no such code. Only ``*13`` takes a number."""
    match = _FORM.fullmatch(dialled)
    if match is None:
        return None
    code, argument = Code(match[1]), match[2]
    return Command(code, argument) if not argument or code is Code.BREAK else None


class SeatVoice(Protocol):
    """Turns a phrase (a name of ``agents.phrases.phrases_of``) into sounds."""

    def __call__(self, prompt: str, language: Language) -> Sequence[Sound]:
        """Return the sounds to play."""
        ...


@dataclass(frozen=True, slots=True)
class _Phone:
    """The phone being served."""

    line: Line
    seat: SeatId
    floor: Floor
    voice: SeatVoice

    async def say(self, *prompts: str) -> None:
        language = self.line.call.language
        await self.line.play([sound for prompt in prompts for sound in self.voice(prompt, language)])

    async def ask(self, prompt: str, digits: int) -> str:
        wanted = DigitsWanted(max_digits=digits, terminators="#", first_timeout_s=8.0, between_timeout_s=4.0)
        return (await self.line.collect(self.voice(prompt, self.line.call.language), wanted)).pressed


async def serve_seat(line: Line, seat: SeatId, dialled: str, floor: Floor, voice: SeatVoice) -> None:
    """Carry out the code dialled from a seat and say what became of it. The line is answered, and left to be hung up.

    Raises ``CallerHungUp`` when the agent hangs up: what was done by then stays done.
    """
    await line.answer()
    phone = _Phone(line, seat, floor, voice)
    command = parse(dialled)
    if command is None:
        await phone.say("seat.unknown_code")
    elif command.code is Code.LOG_IN:
        await _log_in(phone)
    else:
        await _for_agent(phone, command)


async def _log_in(phone: _Phone) -> None:
    """Ask who it is, up to three times."""
    for _ in range(3):
        agent = await phone.ask("seat.ask_agent", 8)
        pin = await phone.ask("seat.ask_pin", 8) if agent else ""
        result = phone.floor.login(AgentId(agent), phone.seat, pin)
        await phone.say("seat.logged_in" if result is LoginResult.DONE else f"seat.{result}")
        if result is not LoginResult.REFUSED:
            return


async def _for_agent(phone: _Phone, command: Command) -> None:
    """Do what the agent at this seat asks for."""
    standing = phone.floor.at_seat(phone.seat)
    if standing is None:
        await phone.say("seat.not_logged_in")
        return
    floor, agent = phone.floor, standing.agent
    match command.code:
        case Code.READY:
            await _confirm(phone, floor.ready(agent), "seat.ready")
        case Code.LOG_OUT:
            await _confirm(phone, floor.logout(agent), "seat.logged_out")
        case Code.END_WRAP_UP:
            await _confirm(phone, floor.end_wrap_up(agent), "seat.wrap_up_ended")
        case Code.EXTEND_WRAP_UP:
            await _confirm(phone, floor.extend_wrap_up(agent), "seat.wrap_up_extended")
        case Code.BREAK:
            number = command.argument or await phone.ask("seat.ask_break", 1)
            reason = floor.directory.break_by_number(int(number)) if number.isdecimal() else None
            await _confirm(phone, floor.start_break(agent, reason or ""), "seat.on_break", f"seat.break.{reason}")
        case _:
            why = [f"seat.break.{standing.reason}"] if standing.reason else []
            await phone.say(f"seat.state.{standing.state}", *why)


async def _confirm(phone: _Phone, result: Result, *done: str) -> None:
    """Say what was done, or why it was not."""
    if result is Result.DONE:
        await phone.say(*done)
    else:
        await phone.say(f"seat.{result}")
