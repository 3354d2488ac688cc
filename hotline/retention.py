"""Deleting calls, closed tickets and agents' times that are older than they may be: by command, and daily by the
service."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta, tzinfo

import structlog

from calls import Clock
from hotline.audit import AuditLog
from hotline.retention_settings import RetentionSettings
from tickets import Store, StoreUnavailable
from tickets.retention import Purged, purge_agents, purge_calls, purge_tickets

log = structlog.get_logger(__name__)

_EVERY_S = 24 * 3600.0
_BETWEEN_S = 0.2  # from one portion to the next, in which calls are written


class Retention:
    """Deletes what is due, in small portions, and writes it down: what the audit log does not take is not deleted."""

    def __init__(self, store: Store, audit: AuditLog, zone: tzinfo, *, between_s: float = _BETWEEN_S) -> None:
        self._store, self._audit, self._zone, self._between_s = store, audit, zone, between_s

    async def due(self, keep: RetentionSettings, now: float) -> Purged:
        """Return what is to be deleted now. Raises ``StoreUnavailable``."""
        return await self._all(keep, now, trial=True)

    async def purge(self, keep: RetentionSettings, now: float, by: str) -> Purged:
        """Delete it; return what that was. Raises ``StoreUnavailable`` (the audit log tells what was deleted before
        that) and ``OSError`` when the audit log cannot be written: then nothing is deleted."""
        due = await self._all(keep, now, trial=True)
        if not any(_counts(due).values()):
            return due
        facts = {"by": by, **keep.model_dump()}
        await asyncio.to_thread(self._audit.note, "purge_began", **facts, **_counts(due))
        done = Purged()
        try:
            await self._all(keep, now, into=done)
        finally:  # also when the service stops meanwhile
            self._audit.note("purge_ended", **facts, **_counts(done))
        log.info("retention.purged", by=by, **_counts(done))
        return done

    async def daily(self, keep: RetentionSettings, clock: Clock) -> None:
        """Delete what is due, now and every day, until cancelled."""
        while any(keep.model_dump().values()):
            try:
                await self.purge(keep, clock.now(), "retention")
            except (StoreUnavailable, OSError) as error:
                log.error("retention.not_purged", error=str(error))  # noqa: TRY400 - the words say it
            await asyncio.sleep(_EVERY_S)

    async def _all(
        self, keep: RetentionSettings, now: float, *, trial: bool = False, into: Purged | None = None
    ) -> Purged:
        total = Purged() if into is None else into
        async for portion in self._portions(keep, now, trial=trial):
            total.tickets += portion.tickets
            total.calls += portion.calls
            total.agent_changes += portion.agent_changes
            total.kept += portion.kept
            await asyncio.sleep(0 if trial else self._between_s)
        return total

    async def _portions(self, keep: RetentionSettings, now: float, *, trial: bool) -> AsyncIterator[Purged]:
        """Tickets come first: a closed one keeps no call."""
        if keep.tickets_days:
            async for portion in purge_tickets(self._store, self._before(keep.tickets_days, now), trial=trial):
                yield portion
        if keep.calls_days:
            async for portion in purge_calls(self._store, self._before(keep.calls_days, now), trial=trial):
                yield portion
        if keep.agents_days:
            async for portion in purge_agents(self._store, self._before(keep.agents_days, now), trial=trial):
                yield portion

    def _before(self, days: int, now: float) -> float:
        """Return the midnight before which something is older than so many days."""
        day = datetime.fromtimestamp(now, self._zone).date() - timedelta(days=days)
        return datetime.combine(day, time(), self._zone).timestamp()


def _counts(purged: Purged) -> dict[str, int]:
    return {"calls": len(purged.calls), "tickets": len(purged.tickets), "agent_changes": purged.agent_changes}
