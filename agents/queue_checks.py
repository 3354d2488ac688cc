"""What a queue's settings mention and the directory does not have: skills, teams, wishes."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from agents.queues import Queue
from agents.words import Place
from calls.skills import mentioned


def queue_faults(
    queue: Queue,
    skills: Collection[str],
    teams: Collection[str],
    queues: Collection[str] = (),
    departments: Collection[str] = (),
) -> Iterator[tuple[Place, str, str]]:
    """Yield place within the queue, what is wrong, and the remedy."""
    known = {*skills, *(f"team.{team}" for team in teams)}
    named: list[tuple[Place, str]] = []
    if not isinstance(queue.needs, str):
        named += [(("needs", skill), skill) for skill in queue.needs]
    for place, expression in queue.expressions():
        named += [(place, skill) for skill in mentioned(expression)]
    for place, skill in named:
        if skill not in known:
            yield place, *_unknown(skill, known)
    yield from _relaxations(queue, known)
    there = {*(f"queue:{name}" for name in queues), *(f"department:{name}" for name in departments)}
    there |= {"voicemail", "callback"}
    for number, rule in enumerate(queue.overflow):
        if rule.to == "callback" and queue.callback is None:
            remedy = "write 'callback: {}' in the queue, too: it says how people are called back"
            yield ("overflow", number, "to"), "the queue calls nobody back", remedy
        elif rule.to not in there:
            near = get_close_matches(rule.to, there, n=1)
            remedy = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(sorted(there))}"
            yield ("overflow", number, "to"), f"there is no '{rule.to}'", remedy


def _relaxations(queue: Queue, known: Collection[str]) -> Iterator[tuple[Place, str, str]]:
    last_s = 0.0
    for number, step in enumerate(queue.relax):
        if step.after_s <= last_s:
            remedy = "write the steps in order of time, each once"
            yield ("relax", number, "after_s"), f"{step.after_s:g} s comes after {last_s:g} s", remedy
        last_s = step.after_s
        for skill in step.lower:
            if skill not in known:
                yield ("relax", number, "lower", skill), *_unknown(skill, known)
        for place, wish in enumerate(step.drop):
            if wish not in queue.wishes:
                near = get_close_matches(wish, queue.wishes, n=1)
                remedy = f"did you mean '{near[0]}'?" if near else "name one of the queue's 'wishes'"
                yield ("relax", number, "drop", place), f"there is no wish '{wish}'", remedy


def _unknown(skill: str, known: Collection[str]) -> tuple[str, str]:
    near = get_close_matches(skill, known, n=1, cutoff=0.6)
    what = f"the team '{skill[5:]}'" if skill.startswith("team.") else f"the skill '{skill}'"
    kind = "teams" if skill.startswith("team.") else "skills"
    return f"{what} is not known", f"did you mean '{near[0]}'?" if near else f"list it under '{kind}' first"
