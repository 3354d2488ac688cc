"""Routing: who is offered whom, and how one call gets there.

=====================  ================================================================================================
``acd.router``         the pure core: callers, agents and offers in; decisions out. Time is an argument
``acd.questions``      what can be asked of it: places, staffing, reasons, expected waits
``acd.estimate``       the expected wait
``acd.callbacks``      callbacks that keep the place: their law, and those that are open
``acd.redial``         the old place for who calls again within a minute
``acd.decisions``      what the router decides
``acd.matching``       Need: what a caller needs (hard needs, wishes, ring groups, strategy), against an agent's skills
``acd.waiting``        the callers in line, one order over all queues, grouped by need
``acd.staff``          the agents on duty, indexed by the needs they satisfy
``acd.rarity``         how rare each skill is among those on duty
``acd.workload``       how busy an agent has been lately
``acd.reasons``        why an offer was made, in figures
``acd.offers``         offers as reservations, with their states' table
``acd.invariants``     what holds after every operation
``acd.ordered``        a sorted sequence that stays cheap when long
``acd.desk``           what is asked of others (AgentDesk, Announcer), and QueueRequest, Distributed
``acd.visit``          one caller's visit to the queue, and how it is interrupted
``acd.outlook``        what the journal keeps of who could serve, at the time
``acd.dispatch``       carries decisions out, takes the floor's news in, drives the router's time
``acd.distributor``    one coroutine per call: wait, ring, talk
=====================  ================================================================================================

All but the last four are pure: no asyncio, no clock, no I/O.
"""

from acd.desk import AgentDesk, Announcer, Distributed, Limit, Overflow, QueueOutcome, QueueRequest, QueueView, Told
from acd.distributor import Distributor
from acd.matching import Need, Strategy, Wish
from acd.router import Router, RouterSettings
from acd.waiting import Stage

__all__ = [
    "AgentDesk", "Announcer", "Distributed", "Distributor", "Limit", "Need", "Overflow", "QueueOutcome",
    "QueueRequest", "QueueView", "Router", "RouterSettings", "Stage", "Strategy", "Told", "Wish",
]  # fmt: skip
