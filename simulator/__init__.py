"""SIP callers and softphones with real RTP, RFC 4733 digits and ears. Knows nothing of the hotline it calls.

======================  ===============================================================================
``simulator.sip``       SIP: messages, digest, SDP, transactions, dialogs
``simulator.media``     RTP: tones, digits, recordings, detection, the one ticker
``simulator.agent``     UserAgent: one SIP socket that many parties share; ``agent.call`` places a call
``simulator.leg``       CallLeg: a call as one party has it: say, press, hear, hold, transfer, hang up
``simulator.softphone`` Softphone: an account that registers, rings and dials
``simulator.department`` Department: answers whatever number is called
``simulator.scenario``  run_scenario: callers and agents of several kinds by a YAML file
``simulator.measures``  figures of such a run; ``simulator.telling`` its reports
``simulator.load``      run_load: many callers on many seats, by a LoadProfile, ending in a LoadReport
``simulator.virtual``   the hotline's own router in virtual time: days in a second, for staffing questions
======================  ===============================================================================

Below these: ``session`` (INVITE and dialog), ``negotiation`` (offer and answer), ``registration``, ``plumbing``,
``seating``, ``random_times``, ``stopping`` (a run that is ended early); of a load run ``load_profile`` (what is to be
done), ``load_caller``, ``load_seats``, ``report``.
"""

from simulator.agent import Listener, UserAgent
from simulator.department import Department
from simulator.leg import CallFailed, CallLeg, LegEnded, NotHeard
from simulator.load import run_load
from simulator.load_profile import Arrivals, Limits, LoadProfile, SeatCodes, SeatPlan
from simulator.media.ears import Recording
from simulator.media.engine import MediaEngine
from simulator.media.stream import MediaMode
from simulator.plumbing import EndedBy
from simulator.random_times import Duration, constant, exponential, parse_duration, uniform
from simulator.registration import RegistrationFailed
from simulator.report import CallResult, LoadOutcome, LoadReport
from simulator.sip.digest import Credentials
from simulator.sip.stream import CannotConnect, Trust
from simulator.sip.timers import Timers
from simulator.sip.transport import ForeignTarget, Guard, Way, own_address_towards
from simulator.softphone import Behaviour, NotAccepted, Reaction, Softphone

__all__ = [
    "Arrivals", "Behaviour", "CallFailed", "CallLeg", "CallResult", "CannotConnect", "Credentials", "Department",
    "Duration", "EndedBy", "ForeignTarget", "Guard", "LegEnded", "Limits", "Listener", "LoadOutcome", "LoadProfile",
    "LoadReport", "MediaEngine", "MediaMode", "NotAccepted", "NotHeard", "Reaction", "Recording", "RegistrationFailed",
    "SeatCodes", "SeatPlan", "Softphone", "Timers", "Trust", "UserAgent", "Way", "constant", "exponential",
    "own_address_towards", "parse_duration", "run_load", "uniform",
]  # fmt: skip
