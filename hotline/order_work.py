"""What the running service does with tickets by itself: escalates what is overdue, tells other systems, deletes what
is older than it may be."""

from collections.abc import Coroutine, Iterator
from zoneinfo import ZoneInfo

from calls import Clock
from hotline.audit import AuditLog
from hotline.overdue import watch_overdue
from hotline.retention import Retention
from hotline.settings import Settings
from hotline.ticket_rules import orders_of
from hotline.webhooks import Webhooks, WebhookSecrets
from tickets import Deliveries, Store


def order_work(settings: Settings, store: Store, clock: Clock) -> Iterator[tuple[Coroutine[None, None, None], str]]:
    """Return what is to run until the service stops, each with its name."""
    yield watch_overdue(orders_of(settings, store, clock)), "overdue tickets"
    secrets = WebhookSecrets(settings.webhook_secrets_file)
    yield Webhooks(settings.webhooks, Deliveries(store), clock, secrets.of).run(), "webhooks"
    audit = AuditLog(settings.audit_file, clock)
    yield Retention(store, audit, ZoneInfo(settings.time_zone)).daily(settings.retention, clock), "retention"
