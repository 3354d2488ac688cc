"""SIP callers and softphones with real RTP, RFC 4733 digits and ears. Knows nothing of the hotline it calls.

======================  ===============================================================================
``simulator.sip``       SIP: messages, digest, SDP, transactions, dialogs
``simulator.media``     RTP: tones, digits, recordings, detection, the one ticker
``simulator.agent``     UserAgent: one SIP socket that many parties share; ``agent.call`` places a call
``simulator.leg``       CallLeg: a call as one party has it: say, press, hear, hold, transfer, hang up
``simulator.softphone`` Softphone: an account that registers, rings and dials
``simulator.department`` Department: answers whatever number is called
======================  ===============================================================================

Below these: ``session`` (INVITE and dialog), ``negotiation`` (offer and answer), ``registration``.
"""

from simulator.agent import Listener, UserAgent
from simulator.department import Department
from simulator.leg import CallFailed, CallLeg, LegEnded, NotHeard
from simulator.media.ears import Recording
from simulator.media.engine import MediaEngine
from simulator.media.stream import MediaMode
from simulator.plumbing import EndedBy
from simulator.random_times import Duration, constant, exponential, parse_duration, uniform
from simulator.registration import RegistrationFailed
from simulator.sip.digest import Credentials
from simulator.sip.timers import Timers
from simulator.sip.transport import ForeignTarget
from simulator.softphone import Behaviour, Reaction, Softphone

__all__ = [
    "Behaviour", "CallFailed", "CallLeg", "Credentials", "Department", "Duration", "EndedBy", "ForeignTarget",
    "LegEnded", "Listener", "MediaEngine", "MediaMode", "NotHeard", "Reaction", "Recording", "RegistrationFailed",
    "Softphone", "Timers", "UserAgent", "constant", "exponential", "parse_duration", "uniform",
]  # fmt: skip
