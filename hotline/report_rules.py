"""What the figures are counted by, as the settings have it; and today's calls, for a service that begins within the
day."""

import time
from zoneinfo import ZoneInfo

import structlog

from hotline.settings import Settings
from tickets import Store, StoreUnavailable
from tickets.reporting import CallFact, Rules, Span, period_of, read_facts

log = structlog.get_logger(__name__)


def rules_of(settings: Settings) -> Rules:
    """Return the thresholds."""
    return Rules(
        threshold_s=settings.report.threshold_s, short_abandon_s=settings.report.short_abandon_s,
        repeat_times=settings.tickets.repeat_times, repeat_days=settings.tickets.repeat_days,
    )  # fmt: skip


async def calls_of_today(store: Store, settings: Settings) -> list[CallFact]:
    """Return the calls that arrived today. Without them figures of today are too small, and callers are served."""
    now = time.time()
    try:
        return (await read_facts(store, period_of(Span.DAY, None, now, ZoneInfo(settings.time_zone)), now)).calls
    except StoreUnavailable as error:
        log.warning("live.not_seeded", error=str(error), effect="today's figures begin now")
        return []
