"""The ground floor: the words all other rooms speak.

======================  ===============================================================================
``calls.identity``      CallId, ChannelId (node and unique id), AgentId, SeatId, Address; masking of numbers
``calls.call``          Call, Language, Outcome
``calls.timeline``      the typed events of a call, and the Timeline they are appended to (``event``, ``talk_events``,
                        ``recording_events``: parts of them)
``calls.conversation``  the law of hold, consult, merge and transfer: one table (``targets``: whom it may be about;
                        ``endings``: what people notice of it when somebody leaves)
``calls.segments``      who was connected to whom, folded from the events
``calls.standing``      where a call stands, read off its events: what a restarted service must know (``ongoing``: of
                        the talk that goes on in it)
``calls.passing``       what two hotlines tell each other of a caller
``calls.summary``       a call's figures, folded from its events
``calls.skills``        skill expressions: what a caller asks of an agent
``calls.line``          the Line protocol: what can be done with a caller's line; CallerHungUp
``calls.clock``         Clock, SystemClock, ManualClock
``calls.plain``         dataclasses as plain mappings
``calls.china_days``    what China's calendar makes of a day: holidays, make-up workdays
======================  ===============================================================================

No I/O, and no import of any other room.
"""

from calls.call import Call, Language, Outcome
from calls.clock import Clock, ManualClock, SystemClock
from calls.identity import Address, AgentId, CallId, ChannelId, SeatId, mask_number
from calls.line import CallerHungUp, Line, LineFault, Sound
from calls.summary import Summary, summarise
from calls.timeline import Event, MemoryTimeline, Timeline

__all__ = [
    "Address", "AgentId", "Call", "CallId", "CallerHungUp", "ChannelId", "Clock", "Event", "Language", "Line",
    "LineFault", "ManualClock", "MemoryTimeline", "Outcome", "SeatId", "Sound", "Summary", "SystemClock", "Timeline",
    "mask_number", "summarise",
]  # fmt: skip
