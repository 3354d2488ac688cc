"""A month that nobody lived: calls, agents and callers' answers made by chance, to try reports and stores on.

=============================  ================================================================================
``hotline.generated.profile``  when people call, about what, and how calls go
``hotline.generated.staff``    shifts, agents and their breaks; who takes the next caller
``hotline.generated.lives``    one call's events
``hotline.generated.orders``   what becomes of tickets
``hotline.generated.month``    Month: the days, one after the other; the same seed gives the same
=============================  ================================================================================
"""

from hotline.generated.month import Day, Month

__all__ = ["Day", "Month"]
