"""The ways through a flow: that each comes to an end, that a person can be reached, and which steps no way leads to."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ivr.doors import named
from ivr.mistakes import FlowMistake
from ivr.model import Flow
from ivr.source import Source
from ivr.steps import Asking, BaseStep, CallSteps, Menu, Queue, Refers, Return, Transfer

Rule: TypeAlias = Callable[[BaseStep], Iterable[str | None]]
"""Where a step leads, as it says itself; None: to a person."""

Ways: TypeAlias = Mapping[str, Sequence[str]]
"""Step -> the steps it leads to by a rule. A call of steps leads into them, and behind it where they return."""


Returns: TypeAlias = Callable[[str, Rule], bool]
"""Whether another flow, of that name, may come to a return by a rule (``ivr.between`` knows)."""


def _unless_waiting(flow: str, rule: Rule) -> bool:
    """What is known of another flow where it cannot be looked into: it returns, some time."""
    del flow
    return rule is anywhere


def loops(flow: Flow, source: Source, returns: Returns = _unless_waiting) -> Iterator[FlowMistake]:
    """A caller who presses nothing, or only wrong keys, comes to a person or a goodbye, never round and round."""
    at_once = list(rounds(ways(flow, _at_once, returns)))
    for name, following in at_once:
        remedy = "let one of these steps be a menu, or lead elsewhere"
        yield source.mistake(("steps", name), f"goes round to {following!r} without waiting for the caller", remedy)
    if at_once:
        return
    for name, following in rounds(ways(flow, _unhelped, returns)):
        remedy = "let one of these steps lead to a person, to a voicemail that ends, or to a goodbye"
        message = f"goes round to {following!r}, for ever when the caller does nothing and nobody answers"
        yield source.mistake(("steps", name), message, remedy)


def persons(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """Key 0 and the last exit lead to a queue without asking anything."""
    places: list[tuple[tuple[str, ...], str]] = [(("person",), flow.person)]
    places += [(("person_in", language.value), name) for language, name in flow.person_in.items()]
    onward = ways(flow, _onward)
    for place, name in places:
        if not any(isinstance(flow.steps[step], Queue) for step in _reached(onward, [name])):
            yield source.mistake(place, f"step {name!r} does not lead to a queue", "name a step with 'do: queue'")


def calls(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """Steps that are called return, do not come to the same call meanwhile, and only who was called returns."""
    calling = {name: step for name, step in flow.steps.items() if isinstance(step, CallSteps)}
    called = {name: step.step for name, step in calling.items() if step.step is not None}
    leads = ways(flow, anywhere)
    beside_persons = {name: () if name in _persons(flow) else to for name, to in leads.items()}
    returning = _returning(flow, anywhere, _unless_waiting)
    for name, first in called.items():
        if name in _reached(beside_persons, [first]):
            remedy = "end the steps called with 'do: return', or lead to the word 'top'"
            yield source.mistake(("steps", name, "step"), "comes to this call again before it returns", remedy)
        elif first not in returning:
            remedy = "end them with 'do: return', or write 'do: goto'"
            yield source.mistake(("steps", name, "step"), f"{first!r} never comes to a return", remedy)
    if not flow.numbers and not flow.default:
        return  # callers come into it only by a call
    uncalled = {name: _behind(calling[name]) if name in called else to for name, to in leads.items()}
    for name in sorted(_reached(uncalled, _entrances(flow))):
        if isinstance(flow.steps[name], Return):
            remedy = "reach it by 'do: call' only (a flow that others call answers no number), or write 'do: goto'"
            yield source.mistake(("steps", name), "returns, though nobody called", remedy)


def _entrances(flow: Flow) -> list[str]:
    """Return the steps that callers come to from nowhere else in the flow."""
    return [flow.start, *_persons(flow), *(name for _, name in named(flow, Refers.STEP))]


def unreached(flow: Flow, source: Source, also: Iterable[str] = ()) -> Iterator[FlowMistake]:
    """Return the steps that no caller can come to; ``also`` are steps to which something unreadable may lead."""
    seen = _reached(ways(flow, anywhere), [*_entrances(flow), *also])
    for name in flow.steps:
        if name not in seen:
            yield source.mistake(("steps", name), "is never reached", "remove it, or lead to it")


def without_person(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """Return the menus that give key 0 another meaning while no other key leads towards a person."""
    leads = ways(flow, anywhere)
    for name, step in flow.steps.items():
        if not isinstance(step, Menu) or "0" not in step.choices:
            continue
        behind = [flow.steps[one] for one in _reached(leads, leads[name])]
        asks = any(isinstance(one, Asking) and not (isinstance(one, Menu) and "0" in one.choices) for one in behind)
        if not asks and not any(isinstance(one, Queue | Transfer) for one in behind):
            yield source.mistake(
                ("steps", name, "choices", "0"), "takes key 0, and no key of this menu leads to a person",
                f"give 0 back by removing it here, or let a key lead to {flow.person!r}",
            )  # fmt: skip


def ways(flow: Flow, rule: Rule, returns: Returns = _unless_waiting) -> Ways:
    """Return where each step of a flow leads by a rule. Words like ``back`` lead where the caller has been: nowhere."""
    leads = _leads(flow, rule)
    returning = _returning(flow, rule, returns)
    found: dict[str, Sequence[str]] = {}
    for name, step in flow.steps.items():
        if isinstance(step, CallSteps):
            into = () if step.step is None else (step.step,)
            passed = step.step in returning if step.flow is None else returns(step.flow, rule)
            leading = (*into, *(_behind(step) if passed else ()))
            found[name] = tuple(target for target in leading if target in flow.steps)
        else:
            found[name] = leads[name]
    return found


def comes_back(flow: Flow, rule: Rule, returns: Returns) -> bool:
    """Whether a flow may come from its start to a return by a rule, with all calls closed."""
    return flow.start in _returning(flow, rule, returns)


# -- rules ----------------------------------------------------------------------------------------------------------


def anywhere(step: BaseStep) -> Iterable[str | None]:
    """Where a step may lead at all."""
    return step.targets().values()


def _onward(step: BaseStep) -> Iterable[str | None]:
    """Where a step leads at once, without the caller doing or awaiting anything."""
    return () if step.waits else step.targets().values()


def _at_once(step: BaseStep) -> Iterable[str | None]:
    """The same, when nobody is there: a queue that is not staffed or full and a dead line lead on at once, too."""
    return step.at_once()


def _unhelped(step: BaseStep) -> Iterable[str | None]:
    """Where a step leads a caller who presses nothing right, when no queue is staffed and no department answers."""
    return step.unhelped()


# -- parts ----------------------------------------------------------------------------------------------------------


def _persons(flow: Flow) -> list[str]:
    return [flow.person, *flow.person_in.values()]


def _leads(flow: Flow, rule: Rule) -> dict[str, tuple[str, ...]]:
    """Return where each step leads by a rule, as it says itself, persons named."""
    found = {}
    for name, step in flow.steps.items():
        to = list(rule(step))
        asked = None in to or ("person" in to and "person" not in flow.steps)
        named = [target for target in to if target is not None] + (_persons(flow) if asked else [])
        found[name] = tuple(target for target in named if target in flow.steps)
    return found


def _behind(step: CallSteps) -> tuple[str, ...]:
    return () if step.next is None else (step.next,)


def _returning(flow: Flow, rule: Rule, returns: Returns) -> set[str]:
    """Return the steps from which a return is reached; a call of steps is passed when these return."""
    leads = _leads(flow, rule)
    before: dict[str, set[str]] = defaultdict(set)
    for name, step in flow.steps.items():
        to = leads[name]
        if isinstance(step, CallSteps):
            to = tuple(target for target in (step.step, step.next) if target is not None)
        for target in to:
            before[target].add(name)
    found: set[str] = set()
    todo = [name for name, step in flow.steps.items() if isinstance(step, Return)]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        for earlier in before[name]:
            step = flow.steps[earlier]
            if not isinstance(step, CallSteps) or _passed(step, found, rule, returns):
                todo.append(earlier)
    return found


def _passed(step: CallSteps, found: Collection[str], rule: Rule, returns: Returns) -> bool:
    """Whether a call comes back, and a return is reached behind it."""
    there = step.step in found if step.flow is None else returns(step.flow, rule)
    return there and step.next in found


def _reached(ways: Ways, start: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    todo = list(start)
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo += ways.get(current, ())
    return seen


def rounds(ways: Ways) -> Iterator[tuple[str, str]]:
    """Return the pairs (step, step) that close a round; depth first, without recursion."""
    done: set[str] = set()
    for name in ways:
        if name in done:
            continue
        stack = [(name, iter(ways[name]))]
        on_path = {name}
        while stack:
            current, following_steps = stack[-1]
            following = next(following_steps, None)
            if following is None:
                stack.pop()
                on_path.discard(current)
                done.add(current)
            elif following in on_path:
                yield current, following
            elif following not in done:
                on_path.add(following)
                stack.append((following, iter(ways[following])))
