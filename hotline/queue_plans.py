"""What a caller in a queue asks for, and what later on: the directory's queue as needs and stages for the router."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from acd import Limit, Need, Overflow, QueueRequest, Stage, Strategy, Wish
from agents.directory import Directory
from agents.queues import Queue, relaxed
from calls.identity import AgentId
from calls.skills import Expression, all_of, at_least, parse


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for at first, and what takes its place as waiting goes on."""

    need: Need
    stages: tuple[Stage, ...] = ()


def plan_of(queue: Queue, asked: Mapping[str, int] | None = None, last_agent: AgentId | None = None) -> Plan:
    """Return the plan for one caller.

    ``asked`` are levels that the flow asks for on top of the queue's needs; ``last_agent`` is who served this caller
    the last time, for queues that hold repeat callers for their agent.
    """
    held_s = queue.last_agent.hold_s if queue.last_agent and last_agent else 0.0
    times = {step.after_s for step in queue.relax} | {wish.hold_s for wish in queue.wishes.values()} | {held_s}
    needs = [(at, _need(queue, asked or {}, at, last_agent if at < held_s else None)) for at in sorted(times | {0.0})]
    first = needs[0][1]
    stages, before = [], first
    for at, need in needs[1:]:
        if need != before:
            stages.append(Stage(at, need))
            before = need
    return Plan(first, tuple(stages))


def plans_anew(directory: Directory) -> Callable[[QueueRequest], tuple[Need, tuple[Stage, ...]] | None]:
    """Return what an edited directory asks for on behalf of those who wait already; None for a queue that is gone."""

    def plan(request: QueueRequest) -> tuple[Need, tuple[Stage, ...]] | None:
        queue = directory.queues.get(request.queue)
        if queue is None:
            return None
        planned = plan_of(queue, request.asked, request.need.only)
        return planned.need, planned.stages

    return plan


def overflow_of(queue: Queue) -> tuple[Overflow, ...]:
    """Return a queue's overflow rules, in their order."""
    return tuple(Overflow(Limit(rule.when), rule.to, rule.at or 0.0) for rule in queue.overflow)


def _need(queue: Queue, asked: Mapping[str, int], waited_s: float, only: AgentId | None) -> Need:
    """Return what is asked for after so many seconds."""
    hard = _at_first(queue, asked)
    wishes = dict(queue.wishes)
    for step in queue.relax:
        if step.after_s > waited_s:
            continue
        hard = relaxed(hard, step)
        for name in step.drop:
            wishes.pop(name, None)
    held = [parse(wish.that) for wish in wishes.values() if wish.hold_s > waited_s]
    return Need(
        hard=all_of([hard, *held]),
        wishes=tuple(Wish(parse(wish.that), wish.weight) for wish in wishes.values()),
        groups=tuple(parse(group) for group in queue.groups),
        strategy=Strategy(queue.strategy),
        only=only,
    )


def _at_first(queue: Queue, asked: Mapping[str, int]) -> Expression:
    if isinstance(queue.needs, str):
        return all_of([queue.hard, at_least(asked)])
    return at_least({skill: max(asked.get(skill, 0), queue.needs.get(skill, 0)) for skill in {*asked, *queue.needs}})
