"""Those that are compared, what each does for a caller, and what of the machine counts as theirs."""

from dataclasses import dataclass

from benchmarks.compare_menu import MENU, menu_number
from benchmarks.drain_site import BARE, OURS, DrainSite, queue_number

HOTLINE, APP_QUEUE, DIAL = "hotline", "app_queue", "dial"
DOES = {
    HOTLINE: "routes by skill, records in stereo, measures, hashes and files the recording, says goodbye (2 s), "
    "keeps journal, call record, ticket and outbox in a database, logs four lines",
    APP_QUEUE: "routes to who was called longest ago, records both mixed in a file, says goodbye (2 s), keeps nothing",
    DIAL: "rings one phone, and nothing else",
}
"""What is done for each caller in this benchmark."""


@dataclass(frozen=True, slots=True)
class System:
    """One of those that are compared."""

    name: str
    number: str  # that leads to all seats
    drained_number: str  # that leads to those of the drain; "" where there is no line
    menu_number: str  # that leads to a menu, whose key 1 leads to all seats; "" where there is none
    parts: int  # of (Asterisk, engine) that work for it

    def cpu(self, site: DrainSite) -> tuple[float, float]:
        """Return the CPU seconds used so far, of Asterisk and (where it works for this one) of the engine."""
        asterisk_s, engine_s = site.cpu_parts()
        return asterisk_s, engine_s if self.parts > 1 else 0.0

    def rss_mb(self, site: DrainSite) -> tuple[float, float]:
        """Return the megabytes of memory, of Asterisk and (where it works for this one) of the engine."""
        asterisk_mb, engine_mb = site.rss_mb_parts()
        return asterisk_mb, engine_mb if self.parts > 1 else 0.0


def systems(seats: int, drained_by: int | None = None) -> list[System]:
    """Return all three, serving ``seats`` (and draining by ``drained_by``)."""
    return [
        System(HOTLINE, OURS, OURS, MENU, 2),
        System(APP_QUEUE, queue_number(seats), queue_number(drained_by or seats), menu_number(seats), 1),
        System(DIAL, BARE, "", "", 1),
    ]


def with_a_line(seats: int) -> list[System]:
    """Return those that have a waiting line."""
    return [system for system in systems(seats) if system.drained_number]
