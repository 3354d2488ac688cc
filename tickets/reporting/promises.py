"""How good the waits were that callers were told: of those who were told one, and got a person."""

from collections.abc import Iterable
from dataclasses import dataclass

from tickets.reporting.facts import CallFact


@dataclass(slots=True)
class Promises:
    """Counts; ``off_s`` is the sum of how far off they were, in either direction."""

    told: int = 0
    kept: int = 0  # answered within what was told
    off_s: float = 0.0


def count_promises(calls: Iterable[CallFact]) -> Promises:
    """Count the first wait that each caller was told, against what was left to wait from then on."""
    found = Promises()
    for call in calls:
        if call.told_at is None or call.told_wait_s is None or call.connected_at is None:
            continue
        waited = max(0.0, call.connected_at - call.told_at)
        found.told += 1
        found.kept += waited <= call.told_wait_s
        found.off_s += abs(call.told_wait_s - waited)
    return found
