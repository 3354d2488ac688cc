"""A day that was recorded, lived again: each of its calls by a kind of callers that stands for it."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.scenario.arriving import Replay, minutes
from simulator.scenario.model import CallerKind, Scenario


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """What is known of a call. Times in seconds."""

    at_s: float  # since midnight
    queue: str = ""  # "" for callers who never came into one
    keys: tuple[str, ...] = ()
    waited_s: float = 0.0
    talked_s: float = 0.0
    gave_up: bool = False  # while waiting


def to_be_lived(scenario: Scenario, recorded: Sequence[RecordedCall]) -> list[RecordedCall]:
    """Return the calls of the scenario's hours, at most as many as it wants; none where nothing is replayed.

    Raises ``ValueError`` when there are none, or when no kind of callers stands for one.
    """
    how = scenario.arrivals
    if not isinstance(how, Replay):
        return []
    begins, ends = minutes(how.begins) * 60, minutes(how.ends) * 60
    found = sorted((call for call in recorded if begins <= call.at_s < ends), key=lambda call: call.at_s)
    if not found:
        raise ValueError(f"arrivals: the store has no calls of {how.day} from {how.begins} to {how.ends}")
    found = found[: scenario.calls]
    for queue in sorted({call.queue for call in found}):
        if not _standing_for(scenario.callers, queue):
            raise ValueError(
                f"callers: no kind stands for recorded calls {f'of the queue {queue}' if queue else 'without one'}: "
                f'write queues: ["{queue}"] under one, or leave queues out there, for all the others'
            )
    return found


def kind_for(callers: Mapping[str, CallerKind], queue: str, chance: random.Random) -> str:
    """Return the kind that lives a recorded call: of those that name its queue, else of those that name none."""
    kinds = _standing_for(callers, queue)
    return chance.choices(kinds, [callers[name].share for name in kinds])[0]


def _standing_for(callers: Mapping[str, CallerKind], queue: str) -> list[str]:
    named = [name for name, kind in callers.items() if kind.queues is not None and queue in kind.queues]
    return named or [name for name, kind in callers.items() if kind.queues is None]
