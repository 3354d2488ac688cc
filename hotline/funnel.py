"""The menu funnel: for each step, how often it was entered, where callers went next, where they gave up. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tickets import StepKeys, StepMove

_GAVE_UP = frozenset({"abandoned_menu", "abandoned_queue"})


@dataclass(slots=True)
class StepFunnel:
    """One step. ``went_to`` counts next steps (``flow.step`` in another flow), ``ended`` calls that ended here
    otherwise than by giving up, by outcome; ``keys`` what single keys were pressed, right or wrong."""

    flow: str
    step: str
    entered: int = 0
    went_to: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    gave_up: int = 0
    going_on: int = 0  # calls that stand there now
    asked: int = 0
    nothing: int = 0
    wrong: int = 0
    keys: Counter[str] = field(default_factory=Counter)
    wrong_keys: Counter[str] = field(default_factory=Counter)


def funnel(moves: Sequence[StepMove], keys: Sequence[StepKeys]) -> list[StepFunnel]:
    """Return every step, by flow, the most entered first."""
    steps: dict[tuple[str, str], StepFunnel] = {}

    def at(flow: str, step: str) -> StepFunnel:
        return steps.setdefault((flow, step), StepFunnel(flow, step))

    for move in moves:
        found = at(move.flow, move.step)
        found.entered += move.times
        if move.next_step is not None:
            name = move.next_step if move.next_flow == move.flow else f"{move.next_flow}.{move.next_step}"
            found.went_to[name] += move.times
        elif move.outcome is None:
            found.going_on += move.times
        elif move.outcome in _GAVE_UP and move.cause == "caller":
            found.gave_up += move.times
        else:
            found.ended[move.outcome] += move.times
    for key in keys:
        found = at(key.flow, key.step)
        found.asked += key.times
        if key.verdict == "no_input":
            found.nothing += key.times
        elif key.verdict == "match":
            found.keys.update({key.digits: key.times} if key.digits else {})
        else:  # no choice, too short, or not what was wanted
            found.wrong += key.times
            found.wrong_keys[key.digits or "longer"] += key.times
    return sorted(steps.values(), key=lambda one: (one.flow, -one.entered, one.step))
