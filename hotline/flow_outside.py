"""What flows ask of the world, in one piece. ``ivr.outside.Outside``."""

from collections.abc import Callable
from dataclasses import dataclass

from acd import Distributor
from agents import Directory
from calls import Clock
from hotline.flow_facts import FlowFacts
from hotline.flow_lookups import FlowLookUps
from hotline.flow_pins import FlowPins, PinFile
from hotline.settings import Settings
from tickets import Reader
from tickets.lookups import DatabaseQuestions


@dataclass(frozen=True, slots=True)
class FlowOutside:
    """Facts, look-ups and PINs; one for all calls."""

    facts: FlowFacts
    lookups: FlowLookUps
    pins: FlowPins

    async def close(self) -> None:
        """Close connections to other systems."""
        await self.lookups.close()


def outside_of(
    settings: Settings, distributor: Distributor, directory: Callable[[], Directory], reader: Reader, clock: Clock
) -> FlowOutside:
    """Return it as the settings say; nothing is opened yet."""
    questions = DatabaseQuestions({name: one.question for name, one in settings.lookups.queries.items()})
    return FlowOutside(
        FlowFacts(distributor, directory, reader),
        FlowLookUps(settings.lookups.hosts, questions),
        FlowPins(PinFile(settings.flow_pins_file), clock),
    )
