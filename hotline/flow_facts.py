"""What flows' conditions ask about: how queues stand, and what is known of a number. ``ivr.outside.Facts``."""

from collections.abc import Callable

from acd import Distributor, QueueRequest
from agents import Directory
from hotline.queue_plans import plan_of
from ivr.outside import QueueNow
from tickets import Reader


class FlowFacts:
    """Asks the distributor and the ticket store."""

    def __init__(self, distributor: Distributor, directory: Callable[[], Directory], reader: Reader) -> None:
        self._distributor, self._directory, self._reader = distributor, directory, reader

    async def queue_now(self, queue: str) -> QueueNow:
        """Return how a queue stands; raises ``KeyError`` for one that is gone."""
        settings = self._directory().queues[queue]
        plan = plan_of(settings)
        request = QueueRequest(
            queue=queue, need=plan.need, stages=plan.stages, target_s=settings.service_level_s,
            priority=settings.priority,
        )  # fmt: skip
        figures = self._distributor.figures(request)
        return QueueNow(figures.length, figures.staffed, figures.free, figures.expected_s)

    async def calls_since(self, caller: str, since: float, but: str) -> int:
        """Return how many calls came from a number since then, the call ``but`` not counted."""
        return await self._reader.calls_from(caller, since, but=but)

    async def last_ticket(self, caller: str) -> str | None:
        """Return the state of the last ticket of a number, or None."""
        state = await self._reader.last_ticket_state(caller)
        return None if state is None else str(state.value)
