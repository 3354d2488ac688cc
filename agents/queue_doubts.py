"""What a queue's rules say without effect: it works, but is hardly what was meant."""

from collections.abc import Iterator, Mapping

from agents.queues import Queue, Relaxation, relaxed
from agents.words import Place
from calls.skills import LEVELS, Expression, Skills, all_of, at_least, lowered


def queue_doubts(queue: Queue, asked: Skills) -> Iterator[tuple[Place, str, str]]:
    """Yield place within the queue, what has no effect, and the remedy. ``asked`` are the levels that flows ask for, at
    the most, beside the queue's own needs."""
    hard = all_of([queue.hard, at_least(asked)])
    for number, step in enumerate(queue.relax):
        for skill, level in step.lower.items():
            doubt = _doubt(hard, step, skill, level)
            if doubt is not None:
                yield ("relax", number, "lower", skill), *doubt
        hard = relaxed(hard, step)


def _doubt(hard: Expression, step: Relaxation, skill: str, level: int) -> tuple[str, str] | None:
    if step.needs:
        return "'lower' is not looked at, for 'needs' stands beside it", f"write the level into 'needs': {step.needs}"
    if lowered(hard, {skill: level}) != lowered(hard, {skill: LEVELS[-1]}):
        return None
    least = _least_levels(hard)
    if skill not in least:
        there = ", ".join(f"'{one}'" for one in least) or "none"
        return f"'lower' has no effect: nobody asks for '{skill}' before this step", f"skills asked for: {there}"
    remedy = f"write a level below {least[skill]}, or take it out" if least[skill] else "take it out"
    return f"'lower' has no effect: '{skill}' is asked for at level {least[skill]} before this step", remedy


def _least_levels(hard: Expression) -> Mapping[str, int]:
    """Return skill -> the highest of the least levels that are asked for."""
    least: dict[str, int] = {}
    for part in hard.levels():
        if part.compare in (">=", ">"):
            least[part.skill] = max(least.get(part.skill, 0), part.level + (part.compare == ">"))
    return least
