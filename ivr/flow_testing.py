"""Runs tests of flows: observe, act, assert, on the real interpreter in pretended time."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from calls import CallerHungUp, Clock
from calls.line import DigitsWanted, RecordLimits
from ivr.flow_tests import Act, Expected, FlowTest, FlowTestFile
from ivr.model import Flow
from ivr.pretended_time import parse_moment
from ivr.rehearsal import rehearse, zone_of
from ivr.rehearsal_prompts import Heard
from ivr.rehearsal_services import Asked
from ivr.rehearsed import Rehearsed, Visit
from ivr.system_prompts import SystemPrompts


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What came of one test; ``message`` is "" when it passed, else what was not so, at ``line`` of the file."""

    name: str
    line: int
    message: str
    call: Rehearsed | None = None

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.message


async def run_tests(
    file: FlowTestFile, flow: Flow, system: SystemPrompts, clock: Clock, others: Sequence[Flow] = ()
) -> list[ScriptResult]:
    """Run all tests of a file on a flow; it may call ``others``. ``clock`` says what ``now`` is, where a test names no
    time."""
    return [await _run(file, place, flow, system, clock, others) for place in range(len(file.tests.tests))]


async def _run(  # noqa: PLR0917 - what a test needs
    file: FlowTestFile, place: int, flow: Flow, system: SystemPrompts, clock: Clock, others: Sequence[Flow]
) -> ScriptResult:
    test = file.tests.tests[place]
    try:
        at = parse_moment(test.at or "now", zone_of(flow), clock.now())
    except ValueError as error:
        return ScriptResult(test.name, file.source.where(("tests", place, "at"))[0], str(error))
    caller = _Caller(test)
    visit = Visit(at, test.caller, test.dialled or "", test.language, test.pretended)
    call = await rehearse(flow, system, caller, visit, others)
    caller.call_over(call)
    if caller.failure is None:
        return ScriptResult(test.name, file.line_of(place), "", call)
    act, message = caller.failure
    return ScriptResult(test.name, file.line_of(place, act), message, call)


@dataclass(slots=True)
class _Caller:
    """Does what a test says, and notes the first thing that is not as it says."""

    test: FlowTest
    failure: tuple[int, str] | None = None
    _next: int = 0  # the act that comes next
    _new: list[Heard] = field(default_factory=list)  # heard since the last act
    _matched: int = 0  # of these, how many have been spoken of
    _so_far: Callable[[], Rehearsed] | None = None

    def begin(self, so_far: Callable[[], Rehearsed]) -> None:
        """Remember how to look at the call."""
        self._so_far = so_far
        if self.test.do[0].dial is not None:
            self._next = 1

    def hear(self, heard: Heard) -> str:
        """Remember what is said."""
        self._new.append(heard)
        return ""

    def press(self, wanted: DigitsWanted) -> str:
        """Check what was to be heard, then do what comes next; hang up when something was not so."""
        del wanted
        while (act := self._act()) is not None:
            if act.press is not None:
                return self._done(act.press)
            if act.wait is not None:
                return self._done("")
            if act.hang_up is not None:
                self._done("")
                raise CallerHungUp
            if act.expect is not None and not self._acts_again():
                return ""  # silent to the end of the call, and what must be so is looked at there
            self._check(act)
        return ""

    def speak(self, limits: RecordLimits) -> None:
        """Speak a message, or hang up where the test says so."""
        del limits
        ahead = self.test.do[self._next :] if self.failure is None else ()
        act = next((act for act in ahead if act.hear is None and act.not_hear is None), None)
        if act is None or act.hang_up is None:
            return  # what is to be heard may come behind the message
        while (following := self._act()) is not None and following is not act:
            self._check(following)
        self._done("")
        raise CallerHungUp

    def call_over(self, call: Rehearsed) -> None:
        """Check the rest, now that the call has ended."""
        self._so_far = lambda: call
        while self.failure is None and (act := self._act()) is not None:
            if act.press is not None or act.wait is not None:
                self._fail(f"the call had ended before ({call.end}, at step {call.step!r})")
            else:
                self._check(act, over=True)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _act(self) -> Act | None:
        return self.test.do[self._next] if self.failure is None and self._next < len(self.test.do) else None

    def _done(self, keys: str) -> str:
        self._next += 1
        self._new, self._matched = [], 0
        return keys

    def _acts_again(self) -> bool:
        """Whether the caller is to do something in this call after the act that comes next."""
        return any(act.press or act.wait or act.hang_up for act in self.test.do[self._next + 1 :])

    def _check(self, act: Act, *, over: bool = False) -> None:
        """Look whether an act's words are true; when not, note it and (while the call goes on) hang up."""
        wrong = ""
        if act.hear is not None:
            wrong = self._unheard(act.hear)
        elif act.not_hear is not None:
            heard = next((text for text in act.not_hear if any(_is(one, text) for one in self._new)), None)
            wrong = f"heard {heard!r}" if heard is not None else ""
        elif act.expect is not None and self._so_far is not None:
            wrong = "; ".join(unmet(act.expect, self._so_far()))
        if wrong:
            self._fail(wrong)
            if not over:
                raise CallerHungUp
        self._next += 1

    def _unheard(self, texts: Sequence[str]) -> str:
        """Return what is missing of some texts, which must have been heard in this order."""
        for text in texts:
            places = [i for i in range(self._matched, len(self._new)) if _is(self._new[i], text)]
            if not places:
                told = ", ".join(repr(one.text) for one in self._new[self._matched :])
                return f"did not hear {text!r}; heard {told or 'nothing'}"
            self._matched = places[0] + 1
        return ""

    def _fail(self, message: str) -> None:
        self.failure = self.failure or (self._next, message)


def _is(heard: Heard, text: str) -> bool:
    """Whether a text is the name of what was heard, or a part of its words."""
    return heard.name == text or _plain(text) in _plain(heard.text)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def unmet(expected: Expected, call: Rehearsed) -> list[str]:
    """Return what is not as expected, in words."""
    queue, department, box = (_last(call.asked, what) for what in ("queue", "transfer", "message"))
    looked_up: dict[str, Callable[[], object]] = {
        "end": lambda: call.end or "not reached yet",
        "step": lambda: call.step,
        "steps": lambda: tuple(call.steps),
        "queue": lambda: queue.name if queue else None,
        "skills": lambda: dict(queue.skills) if queue else None,
        "priority": lambda: queue.priority if queue else None,
        "department": lambda: department.name if department else None,
        "box": lambda: box.name if box else None,
        "language": lambda: call.language,
        "tags": lambda: tuple(call.tags),
    }
    found = [
        f"{name} is {_word(actual)}, not {_word(getattr(expected, name))}"
        for name, look in looked_up.items()
        if getattr(expected, name) is not None and (actual := look()) != getattr(expected, name)
    ]
    for name, value in (expected.variables or {}).items():
        if call.variables.get(name) != value:
            found.append(f"variable {name} is {_word(call.variables.get(name))}, not {value}")
    return found


def _last(asked: Sequence[Asked], what: str) -> Asked | None:
    return next((one for one in reversed(asked) if one.what == what), None)


def _word(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return " → ".join(map(str, value)) or "none"
    return str(value)
