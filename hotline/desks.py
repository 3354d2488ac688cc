"""What a call's coroutine works with: handed to the reception in one piece by the composition root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from acd import Distributor
from acd.desk import Announcer
from agents import Directory, Floor
from calls.identity import Address
from recorder import Recorder, RecordingFolder
from tickets import Reader


@dataclass(frozen=True, slots=True)
class Desks:
    """The rooms behind the reception."""

    distributor: Distributor
    floor: Floor
    directory: Callable[[], Directory]
    recorder: Recorder
    recordings: RecordingFolder
    reader: Reader
    announcer: Announcer
    department_addresses: Callable[[], Mapping[str, Address]]  # department key -> where it is rung
