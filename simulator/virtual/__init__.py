"""Virtual time: the hotline's own router, driven by simulated callers and agents thousands of times faster than life.

==========================  ==========================================================================================
``simulator.virtual.plan``  what is assumed: arrivals, handling, patience, seats
``simulator.virtual.run``   the run: a heap of events in simulated seconds around ``acd.router``
``simulator.virtual.figures``  what came of it: service level, ASA, occupancy, abandonment
==========================  ==========================================================================================

Nothing here reads a clock or waits; the same seed gives the same result to the last event.
"""

from simulator.virtual.figures import Figures, Interval
from simulator.virtual.plan import Agent, Arrival, OutOfBounds, Plan, Span, arrivals_of
from simulator.virtual.run import Told, simulate

__all__ = ["Agent", "Arrival", "Figures", "Interval", "OutOfBounds", "Plan", "Span", "Told", "arrivals_of", "simulate"]
