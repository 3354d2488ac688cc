"""Supervisors in other people's talks: listen, whisper, barge, take over, end; by phone (``*21``) or by command.

Who may is a person of the directory with ``role: supervisor``: logged in at the phone, or named there by id and PIN.
Every use and every refusal is in the audit log before it happens.
"""

import asyncio
import itertools
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from agents import Floor
from agents.feature_codes import SeatVoice
from agents.listening_phrases import LISTENING_PHRASES
from agents.words import Role
from calls import AgentId, CallId, Clock, SeatId
from calls.line import DigitsWanted
from hotline.audit import AuditLog
from hotline.http import BadOrder, Order
from hotline.picking_up import PickingLine
from hotline.seat_ringer import SeatRinger, why_not_rung
from hotline.taking_over import TakingOver
from telephony.ami import AmiError, AmiRefused
from telephony.listening import ListeningIn
from telephony.sides import Mode, SupervisorLine

log = structlog.get_logger(__name__)

LISTEN_CODE = "*21"  # dialled from any seat; a seat's number may follow
_DIALLED = re.compile(r"\*21([0-9]{0,6})")
_PICK_UP_S = 25.0
_TRIES = 3
_MOST_ROUNDS = 100
_END = "end"
_TAKE = "take"
_CHOICES: Mapping[str, Mode | str] = {"1": Mode.LISTEN, "2": Mode.WHISPER, "3": Mode.BARGE, "4": _TAKE, "9": _END}
_KEYS = frozenset({"seat", "at", "by"})


class ListeningLine(PickingLine, SupervisorLine, Protocol):
    """What a supervisor's phone must be able to do."""


@dataclass(frozen=True, slots=True)
class _Wish:
    seat: str  # "": to be asked for
    mode: Mode | str  # or to take the talk over, or to end it
    by: str  # who ordered it, "" for who dialled


class Listening:
    """Lets supervisors into talks."""

    def __init__(
        self, floor: Floor, into: ListeningIn, audit: AuditLog, clock: Clock,
        *, voice: SeatVoice, ring_seat: SeatRinger, number: str, beep_s: int, taking_over: TakingOver,
    ) -> None:  # fmt: skip
        self._floor, self._into, self._audit, self._clock = floor, into, audit, clock
        self._voice, self._ring_seat, self._number, self._beep_s = voice, ring_seat, number, beep_s
        self._taking_over = taking_over
        self._ordered: dict[CallId, _Wish] = {}
        self._counter = itertools.count(1)

    # -- by command ------------------------------------------------------------------------------------------------

    @property
    def orders(self) -> dict[str, Order]:
        """The orders of the control API: a supervisor's phone is rung, and asks who it is where nobody is logged in."""
        return {str(mode): self._order(mode) for mode in (*Mode, _TAKE, _END)}

    def _order(self, mode: Mode | str) -> Order:
        async def carry_out(told: Mapping[str, Any]) -> dict[str, Any]:
            return await self._ordered_by(told, mode)

        return carry_out

    async def _ordered_by(self, told: Mapping[str, Any], mode: Mode | str) -> dict[str, Any]:
        if set(told) - _KEYS:
            raise BadOrder(f"an order to {mode} has nothing but {', '.join(sorted(_KEYS))}")
        seat, at, by = (str(told.get(key) or "") for key in ("seat", "at", "by"))
        seats = self._floor.directory.seat_ids()
        if seat not in seats:
            raise BadOrder(f"seat: there is no seat {seat!r}")
        at = at or self._only_supervisor()
        if at not in seats:
            raise BadOrder(f"at: there is no seat {at!r}")
        if at == seat:
            raise BadOrder("at: name another seat than the one that talks")
        shown = {"seat": seat, "at": at, "mode": str(mode)}
        if await self._talk_at(SeatId(seat)) is None:
            return {"ok": False, "result": "no_talk", "message": f"nobody is talking at seat {seat}", **shown}
        if why := why_not_rung(SeatId(at), self._floor.device(SeatId(at))):
            return {"ok": False, "result": "not_free", "message": why, **shown}
        call = CallId(f"listen-{int(self._clock.now() * 1000)}.{next(self._counter)}")
        self._ordered[call] = _Wish(seat, mode, by[:60])
        try:
            rung = await self._ring_seat(SeatId(at), call, LISTEN_CODE, shown=self._number, ring_s=_PICK_UP_S)
        finally:
            asyncio.get_running_loop().call_later(5.0, self._ordered.pop, call, None)  # by then it has come, or never
        if not rung:
            return {"ok": False, "result": "no_answer", "message": f"seat {at} did not answer", **shown}
        return {"ok": True, "result": "answered", "message": f"seat {at} has answered", **shown}

    def _only_supervisor(self) -> str:
        there = [one.seat for one in self._floor.standings() if self._is_supervisor(one.agent)]
        if len(there) == 1:
            return there[0]
        why = "several supervisors are logged in" if there else "no supervisor is logged in"
        raise BadOrder(f"at: {why}; say whose phone is to ring: --at SEAT")

    async def hang_up_former(self) -> None:
        """Hang up who listened in when a former service died; to be called before its talks are taken up."""
        try:
            await self._into.hang_up_former()
        except AmiError as error:
            log.warning("listening.former_stay", error=str(error))

    # -- at the phone ----------------------------------------------------------------------------------------------

    async def serve(self, line: ListeningLine, seat: SeatId, dialled: str) -> bool:
        """Serve a phone that dialled the code or was rung for an order; return whether it was one of these."""
        match = _DIALLED.fullmatch(dialled)
        if match is None:
            return False
        wish = self._ordered.pop(line.call.id, None) or _Wish(match[1], Mode.LISTEN, "")
        phone = _Phone(line, self._voice)
        await line.answer()
        try:
            who = await self._identified(phone, seat, wish)
            if who is not None:
                await self._serve(phone, seat, who, wish)
        except OSError:
            log.exception("listening.no_audit")
            await phone.say("no_audit")
        await line.hang_up()
        return True

    async def _identified(self, phone: "_Phone", seat: SeatId, wish: _Wish) -> AgentId | None:
        """Return which supervisor is at the phone, or None when nobody shows to be one."""
        standing = self._floor.at_seat(seat)
        if standing is not None and self._is_supervisor(standing.agent):
            return standing.agent
        for _ in range(_TRIES):
            person = AgentId(await phone.ask("ask_person", 8))
            pin = await phone.ask_phrase("seat.ask_pin", 8) if person else ""
            if self._floor.knows_pin(person, seat, pin) and self._is_supervisor(person):
                return person
            self._audit.note("listening_refused", at_seat=seat, person=person, wanted=wish.seat, ordered_by=wish.by)
            await phone.say("refused")
        return None

    async def _serve(self, phone: "_Phone", at: SeatId, who: AgentId, wish: _Wish) -> None:
        seat = SeatId(wish.seat or await phone.ask("ask_seat", 6))
        if seat not in self._floor.directory.seats:
            await phone.say("unknown_seat")
            return
        if seat == at:
            await phone.say("own_seat")
            return
        mode: Mode | str | None = wish.mode
        channel = ""
        for _ in range(_MOST_ROUNDS):
            talk = await self._talk_at(seat)
            if talk is None or (channel and talk[0] != channel):
                await phone.say("over" if channel else "no_talk")
                return
            channel, call = talk
            standing = self._floor.at_seat(seat)
            facts = {
                "person": who, "at_seat": at, "seat": seat, "agent": "" if standing is None else standing.agent,
                "call": call, "ordered_by": wish.by,
            }  # fmt: skip
            if mode == _TAKE:
                if phrase := await self._taking_over.take(phone.line, at, who, CallId(call), facts):
                    await phone.say(phrase)
                return
            if mode == _END:
                self._audit.note("talk_ended", **facts)
                with suppress(AmiRefused):  # it has just ended by itself
                    await self._into.end(channel, call)
                await phone.say("ended")
                return
            if mode is not None:
                await self._listen(phone, channel, Mode(mode), facts)
                mode = None
                continue
            mode = _CHOICES.get(await phone.ask("menu", 1))

    async def _listen(self, phone: "_Phone", channel: str, mode: Mode, facts: Mapping[str, str]) -> None:
        self._audit.note(f"{mode}_began", **facts)
        try:
            await self._into.listen(phone.line, channel, facts["call"], mode, facts["person"], beep_s=self._beep_s)
        finally:
            self._audit.note(f"{mode}_ended", **facts)

    async def _talk_at(self, seat: SeatId) -> tuple[str, str] | None:
        try:
            return await self._into.talk_at(seat)
        except AmiError as error:
            log.warning("listening.asterisk_unknown", error=str(error))
            return None

    def _is_supervisor(self, person: AgentId) -> bool:
        found = self._floor.directory.people.get(person)
        return found is not None and found.role is Role.SUPERVISOR


@dataclass(frozen=True, slots=True)
class _Phone:
    """The supervisor's phone."""

    line: ListeningLine
    voice: SeatVoice

    async def say(self, phrase: str) -> None:
        assert f"listen.{phrase}" in LISTENING_PHRASES
        await self.line.play(self.voice(f"listen.{phrase}", self.line.call.language))

    async def ask(self, phrase: str, digits: int) -> str:
        return await self.ask_phrase(f"listen.{phrase}", digits)

    async def ask_phrase(self, phrase: str, digits: int) -> str:
        wanted = DigitsWanted(max_digits=digits, terminators="#", first_timeout_s=8.0, between_timeout_s=4.0)
        return (await self.line.collect(self.voice(phrase, self.line.call.language), wanted)).pressed
