"""Tests of flows as YAML: what a pretended caller does, hears and gets. Their model; ``ivr.flow_testing`` runs them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from calls import Language
from ivr.mistakes import FlowErrors
from ivr.rehearsal_line import entries_of
from ivr.rehearsal_services import Pretended
from ivr.services import QueueEnd, TransferEnd
from ivr.source import Source, read_source
from ivr.steps import Name, Strict, Text
from ivr.wording import worded

_ENDS = (
    "answered", "transferred", "voicemail", "callback", "self_served", "goodbye", "hung_up", "abandoned_queue",
    "too_long", "failed",
)  # fmt: skip
_ACTS = ("dial", "hear", "not_hear", "press", "wait", "hang_up", "expect")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int) and not isinstance(value, bool) else value


def _end(value: str) -> str:
    if value not in _ENDS:
        raise ValueError(f"{value!r} is no end of a call: write one of: {', '.join(_ENDS)}")
    return value


def _keys(value: str) -> str:
    entries_of(value.replace(",", " "))  # raises for what cannot be pressed
    return value


Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]
Keys = Annotated[Text, AfterValidator(_keys)]


StepName = Annotated[Text, Field(pattern=r"^(.{1,60}\.)?[A-Za-z][A-Za-z0-9_]{0,59}$")]


class Expected(Strict):
    """What must be so. ``end`` means at the end of the call: the caller presses nothing until then."""

    end: Annotated[str, AfterValidator(_end)] | None = Field(default=None, description="How the call ended.")
    step: StepName | None = Field(
        default=None, description="The step that was reached last; FLOW.STEP of a flow called."
    )
    steps: tuple[StepName, ...] | None = Field(default=None, description="All steps in order, from the first.")
    queue: Text | None = Field(default=None, description="The queue that was asked for a person last.")
    skills: dict[Text, int] | None = Field(default=None, description="What was asked of it besides its own needs.")
    priority: int | None = Field(default=None, description="The priority it was asked with.")
    department: Text | None = Field(default=None, description="The department that was rung last.")
    box: Text | None = Field(default=None, description="The box of the last message.")
    language: Language | None = Field(default=None, description="The caller's language.")
    variables: dict[Name, Text] | None = Field(default=None, description="What was collected, by its name.")
    tags: tuple[Text, ...] | None = Field(default=None, description="The call's subject tags.")


class Act(Strict):
    """One thing that the caller does, hears or gets: exactly one key."""

    dial: bool | None = Field(default=None, description="The call begins.")
    hear: Texts | None = Field(default=None, description="Prompts' names or parts of texts, heard since the last act.")
    not_hear: Texts | None = Field(default=None, description="What must not have been heard since the last act.")
    press: Keys | None = Field(default=None, description="Keys that answer the next question.")
    wait: bool | None = Field(default=None, description="The next question is left unanswered.")
    hang_up: bool | None = Field(default=None, description="The caller hangs up at the next question or tone.")
    expect: Expected | None = Field(default=None, description="What must be so now.")

    @model_validator(mode="before")
    @classmethod
    def _a_word(cls, value: Any) -> Any:
        """``- dial`` is short for ``- dial: true``."""
        return {value: True} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> "Act":
        if len(self.model_fields_set) != 1:
            raise ValueError(f"each line does one thing: write one of {', '.join(_ACTS)}, each behind a '-' of its own")
        return self


class FlowTest(Strict):
    """One pretended call and what must come of it."""

    name: Text = Field(description="What is tested, as a sentence.")
    at: Text | None = Field(default=None, description="When: 'Sunday 22:10' (an ordinary week), 2026-10-01T09:00.")
    caller: str = Field(default="13800000000", description="The caller's number; '' when it is withheld.")
    dialled: Text | None = Field(default=None, description="The number dialled, unless the flow's first.")
    language: Language = Field(default=Language.ZH, description="The language the caller begins in.")
    queues: dict[Text, QueueEnd] = Field(
        default_factory=dict, description="How asking a queue ends; 'served' unless given."
    )
    departments: dict[Text, TransferEnd] = Field(
        default_factory=dict, description="How ringing a department ends; 'done' unless given."
    )
    tickets: dict[Text, Text] = Field(
        default_factory=dict,
        description="The tickets there are: number and state; closed@13900001234: not made for the caller's telephone.",
    )
    lookups: dict[Text, Any] = Field(
        default_factory=dict,
        description="What look-ups answer, by host or question: values, 'failed'; nothing unless given.",
    )
    pins: dict[Text, Text] = Field(
        default_factory=dict, description="The PINs; of those not given, every one is right."
    )
    calls: int = Field(default=0, ge=0, description="How often the caller called before (calls_in).")
    last_ticket: Text | None = Field(default=None, description="The state of the caller's last ticket.")
    do: tuple[Act, ...] = Field(min_length=1, description="What the caller does and hears, in order.")

    @property
    def pretended(self) -> Pretended:
        """How things stand in this test."""
        return Pretended(
            queues=self.queues, departments=self.departments, tickets=self.tickets, lookups=self.lookups,
            pins=self.pins, calls=self.calls, last_ticket=self.last_ticket,
        )  # fmt: skip


class FlowTests(Strict):
    """A file of tests."""

    flow: Text = Field(description="The flow's file, as seen from this file's folder.")
    tests: tuple[FlowTest, ...] = Field(min_length=1, description="The tests.")


@dataclass(frozen=True, slots=True)
class FlowTestFile:
    """A file of tests that reads well, and where everything stands in it."""

    tests: FlowTests
    source: Source
    flow: Path

    def line_of(self, test: int, act: int | None = None) -> int:
        """Return the line of a test, or of one of its acts (both from 0)."""
        place = ("tests", test) if act is None else ("tests", test, "do", act)
        return self.source.where(place)[0]


def load_tests(path: Path) -> FlowTestFile:
    """Return a file of tests; raises ``FlowErrors`` with every mistake."""
    source = read_source(path)
    if "steps" in source.tree and "tests" not in source.tree:
        raise FlowErrors([source.mistake(("steps",), "is a flow, not a file of tests", "see docs/flows.md: test")])
    try:
        tests = FlowTests.model_validate(source.tree)
    except ValidationError as error:
        raise FlowErrors(list(worded(source, error, FlowTests))) from error
    return FlowTestFile(tests, source, path.parent / tests.flow)
