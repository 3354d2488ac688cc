"""What a call's coroutine works with: handed to the reception in one piece by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass

from acd import Announcer, Distributor
from agents import Directory, Floor
from hotline.callbacks_dialogue import Voice
from hotline.department_book import DepartmentBook
from hotline.recording_policy import Places
from hotline.talk_desk import HotlineTalkDesk
from hotline.ticket_door import TicketDoor
from hotline.unrecorded import Unrecorded
from hotline.voicemail_boxes import VoicemailBoxes
from ivr import QueueRequest
from ivr.closures import Closures
from ivr.outside import Outside
from recorder import Recorder
from tickets import Orders, Reader


@dataclass(frozen=True, slots=True)
class Desks:
    """The rooms behind the reception."""

    distributor: Distributor
    floor: Floor
    directory: Callable[[], Directory]
    recorder: Recorder
    recordings: Places
    reader: Reader
    tickets: TicketDoor  # what callers may hear of tickets
    announcer: Callable[[QueueRequest], Announcer]  # what somebody who waits for this is told
    closures: Closures
    outside: Outside  # what flows ask of the world
    departments: DepartmentBook
    orders: Orders  # tickets made in a call
    voice: Voice  # what the system says
    boxes: VoicemailBoxes  # how callers leave messages
    talks: HotlineTalkDesk  # what agents ask for in a talk
    unrecorded: Unrecorded  # what flows ask in secret
