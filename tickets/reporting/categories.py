"""What tickets are about: counted by category, as departments and the city want to know it."""

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select

from tickets.asking import rows_of
from tickets.models import TicketRow
from tickets.reporting.period import Period
from tickets.store import Store


class CategoryCount(BaseModel):
    """How many tickets of a category were made in a time; merged ones count once, as what they were merged into."""

    model_config = ConfigDict(frozen=True)

    category: str  # its code; "": not sorted yet
    tickets: int
    callers: int  # different telephone numbers; hidden ones are none


async def category_counts(store: Store, period: Period) -> list[CategoryCount]:
    """Return the categories of tickets made in a time, the most frequent first. Raises ``StoreUnavailable``."""
    row = TicketRow
    callers = func.count(func.distinct(func.nullif(row.caller, "")))
    query = (
        select(row.category, func.count(), callers)
        .where(row.created_at >= period.start, row.created_at < period.end, row.merged_into == "")
        .group_by(row.category)
        .order_by(func.count().desc(), row.category)
    )
    found = await rows_of(store, query)
    return [CategoryCount(category=code, tickets=tickets, callers=people) for code, tickets, people in found]
