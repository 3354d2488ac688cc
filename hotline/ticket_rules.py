"""The rules of tickets as the settings have them; for the service, and for commands that work without it."""

from zoneinfo import ZoneInfo

from calls import Clock
from hotline.categories import CategoryTree
from hotline.settings import Settings
from tickets import Deadlines, OrderBook, Orders, RepeatRule, SimilarRule, Store, TicketKind, WorkingDays


def deadlines_of(settings: Settings) -> Deadlines:
    """Return until when tickets are to be accepted and answered."""
    chosen = settings.tickets
    days = WorkingDays(ZoneInfo(settings.time_zone), frozenset(chosen.closed_on), frozenset(chosen.open_on))
    answer = {
        TicketKind.ENQUIRY: chosen.enquiry_days,
        TicketKind.COMPLAINT: chosen.complaint_days,
        TicketKind.REPORT: chosen.report_days,
        TicketKind.SUGGESTION: chosen.suggestion_days,
        TicketKind.REQUEST: chosen.request_days,
    }
    return Deadlines(days, chosen.accept_days, answer)


def orders_of(settings: Settings, store: Store, clock: Clock, categories: CategoryTree | None = None) -> Orders:
    """Return who changes tickets; ``categories`` are those that a ticket may have (None: any)."""
    codes = None if categories is None else categories.codes
    return Orders(store, clock, deadlines_of(settings), settings.tickets.reopen_from or None, codes)


def book_of(settings: Settings, store: Store) -> OrderBook:
    """Return who finds them."""
    chosen = settings.tickets
    alike = SimilarRule(alike_from=chosen.similar_from, days=chosen.repeat_days)
    return OrderBook(store, RepeatRule(times=chosen.repeat_times, days=chosen.repeat_days), alike)
