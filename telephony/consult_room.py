"""A conference without the caller: agent, third, and the supervisor who has joined in while the agent consults.

What is whispered into a phone's line (ChanSpy) is in no recording of that line: Asterisk 22 hands what is sent to a
phone to whoever records it before it mixes whispers in. And a phone's own hold plays music over it. In a conference
the supervisor is a party like any other. Nobody is the marked one, so whoever is left when somebody hangs up waits
there until they are fetched.
"""

import asyncio
from uuid import uuid4

from calls import LineFault
from calls.conversation import State
from telephony.deeds import Deeds
from telephony.moves import BETWEEN, DESK, Moves
from telephony.waiting import first_of

_MOVE_S = 5.0  # Asterisk moves a channel within some milliseconds


class ConsultRoom(Deeds):
    """Takes agent and third there and back. Every deed fetches both from wherever they are, so it need not know."""

    _consult_room = False
    _consult_name = ""  # of the conference

    @property
    def _consult_moves(self) -> Moves:
        return Moves(self._board.ami, self._consult_name)

    async def consult_with(self, *, supervisor: bool) -> None:
        """Have agent and third, if they talk without the caller, be in the conference while a supervisor has joined
        them, else on a two-party bridge. Raises ``AmiError``, ``LineFault``, ``TimeoutError``, ``CallerHungUp``."""
        if self.state is not State.CONSULTING:
            self._consult_room = False
        elif supervisor and not self._consult_room:
            await self._into_consult_room()
        elif self._consult_room and not supervisor and not self._agent_watch.gone.is_set():
            await self._consult_of_two()

    async def _into_consult_room(self) -> None:
        # Each has a name of its own: a former service may have left both in one, and who comes back to a conference
        # that its last party is just leaving is alone in it.
        self._consult_name = f"{self._moves.room}-c{uuid4().hex[:8]}"
        moves, both = self._consult_moves, (self.agent_channel, self._there().channel)
        await moves.into_room(*both)
        self._consult_room, self._desk, self._consultation = True, None, None
        self._board.route(self.agent_id, self._line)
        await self._seen(*(moves.in_room(channel) for channel in both))
        await self._heed_hold(moves)
        await self._consult_record.go_on()

    async def _consult_of_two(self) -> None:
        third = self._there()
        await self._moves.to(BETWEEN, third.channel)
        coming = self._board.expect_desk(self.call)
        await self._moves.to(DESK, self.agent_channel)
        await first_of(coming, self._agent_watch.gone.wait(), asyncio.sleep(_MOVE_S))
        if not coming.done():
            raise LineFault("the agent did not come out of the conference")
        self._desk, self._consult_room = coming.result(), False
        self._consults(self._desk.meet(third.channel, outlives=True))
        await self._bridged(self.agent_channel, third.channel)
        await self._consult_record.go_on()
