"""Whether flows that call one another work together: that each is there, and that no way goes round through several."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from ivr import ways
from ivr.loader import Loaded
from ivr.mistakes import FlowMistake
from ivr.model import Flow
from ivr.source import did_you_mean
from ivr.steps import CallSteps


def called_by(flow: Flow) -> Iterator[tuple[str, str]]:
    """Walk over the calls of other flows: (step, name of the flow)."""
    for name, step in flow.steps.items():
        if isinstance(step, CallSteps) and step.flow is not None:
            yield name, step.flow


def mistakes(flows: Sequence[Loaded], unread: Collection[str] = ()) -> list[FlowMistake]:
    """Return what is wrong between flows that lie beside each other; ``unread``: names of those that have mistakes of
    their own."""
    there = {one.flow.name: one for one in flows}
    found = [*_missing(flows, {*there, *unread})]
    if found or unread:
        return found
    found += _rounds(there)
    if found:
        return found
    together = _Together({name: one.flow for name, one in there.items()})
    return [wrong for one in flows if any(called_by(one.flow)) for wrong in
            ways.loops(one.flow, one.source, together.returns)]  # fmt: skip


def doubts(flows: Sequence[Loaded]) -> list[FlowMistake]:
    """Return what is doubtful between flows without mistakes."""
    there = {one.flow.name: one.flow for one in flows}
    together = _Together(there)
    found: list[FlowMistake] = []
    for one in flows:
        for step, called in called_by(one.flow):
            other = there.get(called)
            if other is not None:
                found += _doubts_of_call(one, step, other, together)
    everybody = {name for one in flows for _, name in called_by(one.flow)}
    found += [
        one.source.mistake(("name",), "answers no number, and no flow calls it", "add 'numbers:', or remove the file")
        for one in flows
        if not one.flow.numbers and not one.flow.default and one.flow.name not in everybody
    ]
    return found


def _doubts_of_call(one: Loaded, step: str, other: Flow, together: "_Together") -> Iterator[FlowMistake]:
    behind = one.flow.behind(step)
    if behind is not None and not together.returns(other.name, ways.anywhere):
        remedy = f"let {other.name!r} come to a 'do: return', or remove 'next:'"
        yield one.source.mistake(("steps", step, "next"), f"is never reached: {other.name!r} never returns", remedy)
    for language in one.flow.languages:
        if language not in other.languages:
            remedy = f"add {language.value} to 'languages:' of {other.name!r}"
            message = f"{other.name!r} says nothing in {language.value!r}, which callers may have chosen"
            yield one.source.mistake(("steps", step, "flow"), message, remedy)


def _missing(flows: Sequence[Loaded], names: Collection[str]) -> Iterator[FlowMistake]:
    for one in flows:
        for step, called in called_by(one.flow):
            if called not in names:
                remedy = did_you_mean(called, names, "put its file beside this one")
                yield one.source.mistake(("steps", step, "flow"), f"there is no flow {called!r}", remedy)


def _rounds(there: Mapping[str, Loaded]) -> Iterator[FlowMistake]:
    """No flow is called while it is under way: callers would go deeper and deeper."""
    calls = {name: tuple(dict.fromkeys(called for _, called in called_by(one.flow))) for name, one in there.items()}
    for caller, called in ways.rounds(calls):
        one = there[caller]
        step = next(step for step, name in called_by(one.flow) if name == called)
        message = (
            "calls its own flow" if called == caller
            else f"calls {called!r}, from which callers may have come here and which has not returned yet"
        )  # fmt: skip
        yield one.source.mistake(("steps", step, "flow"), message, "let one of the flows come to a return instead")


class _Together:
    """Flows of which none is called while it is under way."""

    def __init__(self, flows: Mapping[str, Flow]) -> None:
        self._flows = flows
        self._known: dict[tuple[str, ways.Rule], bool] = {}

    def returns(self, name: str, rule: ways.Rule) -> bool:
        """Whether a flow may come to a return by a rule."""
        key = (name, rule)
        if key not in self._known:
            flow = self._flows.get(name)
            self._known[key] = flow is not None and ways.comes_back(flow, rule, self.returns)
        return self._known[key]
