"""Callers who do not wait for an answer: what they do while it rings, and how they then leave (RFC 3261, 9.1)."""

from collections.abc import Sequence

from simulator.leg import CallFailed, CallLeg
from simulator.scenario.steps import HangUp, Redial, Step, Wait

CANCELLED = 487
_CHALLENGES = (401, 407)


def while_it_rings(steps: Sequence[Step]) -> int:
    """Return how many steps do not wait for the answer: those of ``wait``, ``hang_up`` and ``redial`` that stand first.

    They end with a ``hang_up`` or ``redial``: a ``wait`` before anything else is one on the line.
    """
    found = 0
    for place, step in enumerate(steps, 1):
        if isinstance(step, HangUp | Redial):
            found = place
        elif not isinstance(step, Wait):
            break
    return found


async def leave(leg: CallLeg) -> None:
    """Hang up, by CANCEL while it rings. Raises ``CallFailed`` when the call was refused, or nobody answered at all."""
    talked = leg.answered.is_set()
    await leg.hang_up()
    if not talked and leg.status >= 300 and leg.status not in (CANCELLED, *_CHALLENGES):
        raise CallFailed(leg.status, leg.reason)
