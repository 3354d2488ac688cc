"""The ways through a flow: that each comes to an end, that a person can be reached, and which steps no way leads to."""

from collections.abc import Callable, Iterator

from ivr.mistakes import FlowMistake
from ivr.model import Flow
from ivr.source import Source
from ivr.steps import Asking, Menu, Queue, Transfer, targets

Onward = Callable[[Flow, str], Iterator[str]]


def loops(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """A caller who presses nothing, or only wrong keys, comes to a person or a goodbye, never round and round."""
    at_once = list(_rounds(flow, _at_once))
    for name, following in at_once:
        remedy = "let one of these steps be a menu, or lead elsewhere"
        yield source.mistake(("steps", name), f"goes round to {following!r} without waiting for the caller", remedy)
    if at_once:
        return
    for name, following in _rounds(flow, _unhelped):
        remedy = "let one of these steps lead to a person, to a voicemail that ends, or to a goodbye"
        message = f"goes round to {following!r}, for ever when the caller does nothing and nobody answers"
        yield source.mistake(("steps", name), message, remedy)


def persons(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """Key 0 and the last exit lead to a queue without asking anything."""
    places: list[tuple[tuple[str, ...], str]] = [(("person",), flow.person)]
    places += [(("person_in", language.value), name) for language, name in flow.person_in.items()]
    for place, name in places:
        if not any(isinstance(flow.steps[step], Queue) for step in _reached(flow, [name], _onward)):
            yield source.mistake(place, f"step {name!r} does not lead to a queue", "name a step with 'do: queue'")


def unreached(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """Return the steps that no caller can come to."""
    seen = _reached(flow, [flow.start, flow.person, *flow.person_in.values()], _anywhere)
    for name in flow.steps:
        if name not in seen:
            yield source.mistake(("steps", name), "is never reached", "remove it, or lead to it")


def without_person(flow: Flow, source: Source) -> Iterator[FlowMistake]:
    """Return the menus that give key 0 another meaning while no other key leads towards a person."""
    for name, step in flow.steps.items():
        if not isinstance(step, Menu) or "0" not in step.choices:
            continue
        behind = [flow.steps[one] for one in _reached(flow, list(step.choices.values()), _anywhere)]
        asks = any(isinstance(one, Asking) and not (isinstance(one, Menu) and "0" in one.choices) for one in behind)
        if not asks and not any(isinstance(one, Queue | Transfer) for one in behind):
            yield source.mistake(
                ("steps", name, "choices", "0"), "takes key 0, and no key of this menu leads to a person",
                f"give 0 back by removing it here, or let a key lead to {flow.person!r}",
            )  # fmt: skip


def _anywhere(flow: Flow, name: str) -> Iterator[str]:
    return iter(list(targets(flow.steps[name]).values()))


def _onward(flow: Flow, name: str) -> Iterator[str]:
    """Where a step leads at once, without the caller doing or awaiting anything."""
    return iter(()) if flow.steps[name].waits else _anywhere(flow, name)


def _at_once(flow: Flow, name: str) -> Iterator[str]:
    """The same, when nobody is there: a queue that is not staffed or full and a dead line lead on at once, too."""
    return flow.steps[name].at_once()


def _unhelped(flow: Flow, name: str) -> Iterator[str]:
    """Where a step leads a caller who presses nothing right, when no queue is staffed and no department answers."""
    exits = list(flow.steps[name].unhelped())
    person = [flow.person, *flow.person_in.values()] if None in exits else []
    return iter([name for name in exits if name is not None] + person)


def _reached(flow: Flow, start: list[str], onward: Onward) -> set[str]:
    seen: set[str] = set()
    todo = list(start)
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo += onward(flow, current)
    return seen


def _rounds(flow: Flow, onward: Onward) -> Iterator[tuple[str, str]]:
    """Return the pairs (step, step) that close a round; depth first, without recursion."""
    done: set[str] = set()
    for name in flow.steps:
        if name in done:
            continue
        stack = [(name, onward(flow, name))]
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
                stack.append((following, onward(flow, following)))
