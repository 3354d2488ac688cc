"""Staffing help: how many will call in the coming week, and how many seats that takes.

=============================  ====================================================================================
``tickets.staffing.history``   History: who asked for a person so far, by day and half-hour; reads the store
``tickets.staffing.forecast``  how many will, by statsmodels
``tickets.staffing.erlang``    Erlang A: how so many seats serve them
``tickets.staffing.plan``      StaffingPlan: the seats of each half-hour
=============================  ====================================================================================

It needs statsmodels and SciPy, which are large (some 200 MB): the extra ``forecast``. Nothing else imports this.
"""

from tickets.staffing.erlang import Aim
from tickets.staffing.history import History, read_history, trimmed
from tickets.staffing.plan import StaffingPlan, staffing

__all__ = ["Aim", "History", "StaffingPlan", "read_history", "staffing", "trimmed"]
