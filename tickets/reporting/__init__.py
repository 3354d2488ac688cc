"""The figures by which a hotline is judged, computed from what the store holds. How they look is told elsewhere.

==================================  ================================================================================
``tickets.reporting.period``        Period: a day, week or month of the hotline's time zone
``tickets.reporting.facts``         CallFact, AgentSpan: what is read of a call and of an agent
``tickets.reporting.reading``       read_facts: from the store; the only part that knows a database
``tickets.reporting.levels``        the service level: five definitions from three starts of the clock
``tickets.reporting.tally``         Tally, GroupRow: counting a group of calls
``tickets.reporting.workload``      Workload: occupancy from agents' states
``tickets.reporting.matters``       OrderFact, count_orders: work orders
``tickets.reporting.promises``      Promises: waits that callers were told, against those that were
``tickets.reporting.concerns``      Concerns: repeated matters, overdue work orders
``tickets.reporting.figures``       Figure: one figure with what was divided by what, or why it is not known
``tickets.reporting.categories``    what tickets are about, counted
``tickets.reporting.report``        Report and ``compute``: all of it
==================================  ================================================================================
"""

from tickets.reporting.categories import CategoryCount, category_counts
from tickets.reporting.concerns import Concerns, LateOrder, RepeatedMatter
from tickets.reporting.facts import CallFact
from tickets.reporting.figures import Figure, Rules, Unknown
from tickets.reporting.levels import Clock, Definition, Level
from tickets.reporting.period import Period, Span, period_of
from tickets.reporting.reading import read_facts
from tickets.reporting.report import Ending, Report, compute
from tickets.reporting.tally import GroupRow, share

__all__ = [
    "CallFact",
    "CategoryCount",
    "Clock",
    "Concerns",
    "Definition",
    "Ending",
    "Figure",
    "GroupRow",
    "LateOrder",
    "Level",
    "Period",
    "RepeatedMatter",
    "Report",
    "Rules",
    "Span",
    "Unknown",
    "category_counts",
    "compute",
    "period_of",
    "read_facts",
    "share",
]
