"""Seats and people: who sits where, with which skills, in which state, and what their phones' codes do.

=======================  ==============================================================================================
``agents.directory``     the model of ``dialplans/directory.yaml``: people, skills, queues, departments, breaks, seats
``agents.departments``   its departments (``department_checks``: what they name and is not there)
``agents.queues``        the queues' part of it (``callback_settings``: of calling their callers back)
``agents.queue_checks``  what a queue names and the directory does not have
``agents.neighbours``    queues whose people help another queue out: resolved when the file is read
``agents.queue_doubts``  what a queue's rules say without effect
``agents.differences``   what changes when an edited directory is taken
``agents.shifts``        its teams, and when they work
``agents.words``         levels, texts and names that the parts share
``agents.loader``        reads it; a mistake names file, line, key and remedy (``wording``, ``cross_checks``)
``agents.pins``          PINs made per installation, and the guard against guessing
``agents.states``        the agent's state machine: one table
``agents.journal``       AgentEvent: what is kept of every change
``agents.standings``     the book of standings: changes, timing, telling followers
``agents.desk``          the desk that routing works with: offers, talks, dialling out
``agents.floor``         Floor: that desk, and logins, breaks, wrap-up, phones
``agents.talk_watch``    reads holds and three-way calls from the calls' own events
``agents.reconcile``     what the floor believes against what Asterisk's channels and phones say
``agents.supervision``   what a supervisor orders for an agent
``agents.feature_codes`` ``*11`` and the like: parsing, and serving a seat's phone
``agents.phrases``       what the phone says then, in both languages
``agents.dial_rules``    which numbers agents may dial, and when; ``*9`` as dialled
``agents.dial_phrases``  what the phone says about that (``talk_phrases``: within a talk, ``listening_phrases``: to
                         supervisors who listen in)
=======================  ==============================================================================================
"""

from agents.desk import FloorSettings
from agents.directory import Directory
from agents.feature_codes import SeatVoice, parse, serve_seat
from agents.floor import Floor, LoginResult, Result
from agents.journal import AgentEvent, AgentJournal, MemoryAgentJournal
from agents.loader import DirectoryError, Mistake, directory_doubts, load_directory
from agents.pins import PinGuard, load_or_make_pins
from agents.states import AgentState, DeviceState

__all__ = [
    "AgentEvent", "AgentJournal", "AgentState", "DeviceState", "Directory", "DirectoryError", "Floor", "FloorSettings",
    "LoginResult", "MemoryAgentJournal", "Mistake", "PinGuard", "Result", "SeatVoice", "directory_doubts",
    "load_directory", "load_or_make_pins", "parse", "serve_seat",
]  # fmt: skip
