"""The service escalates tickets that are overdue, a minute after their deadline at the latest."""

import asyncio

import structlog

from tickets import Orders, StoreUnavailable

log = structlog.get_logger(__name__)

_EVERY_S = 60.0


async def watch_overdue(orders: Orders, every_s: float = _EVERY_S) -> None:
    """Escalate now and every so many seconds, until cancelled."""
    while True:
        try:
            late = await orders.escalate("hotline")
        except StoreUnavailable as error:
            log.error("ticket.not_escalated", error=str(error))  # noqa: TRY400 - the words say it
        else:
            if late:
                log.warning(
                    "ticket.overdue", ticket=late[:20], count=len(late), remedy="hotline tickets list --overdue"
                )
        await asyncio.sleep(every_s)
