"""Who may hear how far a ticket is: the telephone for which it was made, and who knows the last digits of its number.

Tickets' numbers are easily guessed, so nobody else learns even whether there is one of that number. Wrong digits are
counted for each caller, and for each ticket's number over all callers: four digits must not be tried out one by one.
"""

import structlog

from calls import Clock
from hotline.wrong_tries import WrongTries
from ivr import TicketAnswer, TicketEnd
from ivr.callers import bare
from ivr.steps import LAST_DIGITS
from tickets import Reader

log = structlog.get_logger(__name__)

_WITHIN_S = 1800.0  # wrong ones are remembered so long
_MOST_OF_CALLER = 6
_MOST_OF_TICKET = 10


class TicketDoor:
    """Tells tickets' states, and remembers wrong entries."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._wrong = WrongTries(clock, _WITHIN_S)

    async def state(self, number: str, caller: str, last_digits: str | None) -> TicketAnswer:
        """Say how far a ticket is. Raises ``StoreUnavailable``."""
        ticket = await self._reader.ticket_record(number)
        if last_digits is None:
            theirs = ticket is not None and caller != "" and bare(ticket.caller) == bare(caller)
            return TicketAnswer(TicketEnd.TOLD, ticket.state) if ticket and theirs else TicketAnswer(TicketEnd.ASK)
        mine, all_ = ("caller", caller), ("ticket", number)  # all hidden numbers are one caller
        if self._wrong.lately(mine) >= _MOST_OF_CALLER or self._wrong.lately(all_) >= _MOST_OF_TICKET:
            log.warning("ticket.locked")
            return TicketAnswer(TicketEnd.LOCKED)
        phone = "" if ticket is None else bare(ticket.caller)
        if ticket is None or len(phone) < LAST_DIGITS or phone[-LAST_DIGITS:] != last_digits:
            self._wrong.count(mine, all_)
            log.warning("ticket.wrong_digits")
            return TicketAnswer(TicketEnd.UNKNOWN)
        return TicketAnswer(TicketEnd.TOLD, ticket.state)
