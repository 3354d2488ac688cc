"""What is known of a caller, and what an agent should see of the one whose call they have."""

import time
from collections.abc import Callable
from typing import Any

from hotline.rest.asking import Refusal
from hotline.rest.bodies import History, Screen
from tickets import OrderBook, Reader, WantedOrders

_LATEST = 20


class Callers:
    """Looks callers up. ``agents`` tells the floor's agents as ``hotline agents`` does."""

    def __init__(self, book: OrderBook, reader: Reader, agents: Callable[[], list[dict[str, Any]]]) -> None:
        self._book, self._reader, self._agents = book, reader, agents

    async def history(self, caller: str) -> History:
        """Return a caller's latest calls and tickets. Raises ``StoreUnavailable``."""
        tickets = await self._book.find(WantedOrders(caller=caller, limit=_LATEST), time.time())
        calls = await self._reader.calls(caller=caller, limit=_LATEST)
        waiting = await self._book.open_of(caller)
        repeated = any(one.repeated for one in tickets)
        return History(caller=caller, calls=calls, tickets=tickets, open=waiting, repeated=repeated)

    def standing(self, agent: str) -> tuple[str, str]:
        """Return an agent's state, and the call they have ("": none). Raises ``Refusal`` where there is none such."""
        row = next((one for one in self._agents() if one["agent"] == agent), None)
        if row is None:
            raise Refusal(404, "there is no such agent")
        return row["state"], row["call"] or ""

    async def screen(self, agent: str) -> Screen:
        """Return what an agent should see now. Raises ``Refusal`` and ``StoreUnavailable``."""
        state, call_id = self.standing(agent)
        call = await self._reader.call(call_id) if call_id else None
        history = await self.history(call.caller) if call is not None and call.caller else None
        return Screen(agent=agent, state=state, call=call, history=history)
