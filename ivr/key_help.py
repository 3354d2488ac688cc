"""What each key of a flow is for, in a sentence: the ``description`` of its field, or the remark behind it in the code.

So that what developers read, editors show and the reference says is written once. Keys that mean the same in every step
are explained here.
"""

import ast
import functools
import inspect
import io
import textwrap
import tokenize
from collections.abc import Mapping

from pydantic import BaseModel

COMMON: Mapping[str, str] = {
    "do": "What the step does.",
    "next": "The step that comes next.",
    "prompt": "What is said: a name under 'prompts:' or of dialplans/prompts.yaml, or a text in each language.",
    "choices": "The keys that may be pressed, and the step each leads to.",
    "no_input": "What happens when nothing is pressed.",
    "no_match": "What happens when something wrong is pressed.",
    "first_digit_s": "Seconds from the end of the prompt until the first key must be pressed.",
    "between_digits_s": "Seconds from one key to the next.",
    "steps": "What happens: each step under a name of its own.",
    "prompts": "What is said: each prompt under a name of its own, with a text for each language.",
    "zone": "The time zone, like Asia/Shanghai.",
    "priority": "0 to 99, higher goes first.",
    "skills": "Skills that are needed, each with its least level, 1 to 5.",
    "failed": "The step when it did not work.",
    "zh": "In Mandarin.",
    "en": "In English.",
}
"""Keys that mean the same wherever they stand."""

_OF_MODELS: Mapping[str, str] = {
    "Flow.name": "The name it has in reports; each flow has one of its own.",
    "Flow.version": "For your own counting.",
    "Flow.numbers": "The dialled numbers that this flow answers.",
    "Flow.default": "It answers all numbers that no flow names; exactly one flow does.",
    "Flow.languages": "The languages callers may be served in: every prompt must be there in each of them.",
    "Flow.start": "The step a call begins with.",
    "Flow.person_in": "The same for callers who chose another language.",
    "Say.prompt": "What is said: a prompt's name, or its text in each language.",
    "Say.text": "What is said, written here: its text in each language.",
    "Say.service": "A name: it counts as self-service that was delivered when this was heard.",
    "Menu.short": "The prompt from the second time on.",
    "Menu.then_in": "Further prompts, each in its own language: 'For English, press 9'.",
    "Collect.into": "The name under which the digits are kept.",
    "Collect.short": "The prompt from the second time on.",
    "Collect.least": "So many digits at least.",
    "Collect.most": "So many digits at most.",
    "Collect.terminator": "The key that ends the entry.",
    "Menu.choices": "Keys of the telephone, up to six, and the step each leads to, or top, back, again, person.",
    "CallSteps.step": "The first of the steps that are done.",
    "CallSteps.next": "The step after they have returned.",
    "Exit.limit": "How often it is asked again before the caller is led elsewhere.",
    "Exit.then": "The step after the last time; a person unless given.",
    "ChooseLanguage.language": "The language from here on: prompts, voice and the skill an agent must have.",
    "Hours.open": "The periods in which it is open.",
    "Hours.closed_on": "Days on which it is closed, whatever else is said: 2026-12-31, 2026-10-01..2026-10-07, 12-31.",
    "Hours.when_open": "The step while it is open.",
    "Hours.when_closed": "The step while it is closed.",
    "Period.days": "mon-fri, or sat,sun, or workdays, or all.",
    "Period.start": 'It opens at this time: "08:30".',
    "Period.end": "It closes at this time; before 'from' means the next day.",
    "TicketState.number": "The name under which a 'collect' step keeps the ticket's number.",
    "TicketState.found": "The step after the state was told.",
    "TicketState.not_found": "The step when there is no ticket of that number.",
    "Queue.queue": "A queue of directory.yaml.",
    "Queue.nobody_staffed": "The step when nobody who could answer is logged in.",
    "Queue.timeout": "The step after the longest wait; as nobody_staffed unless given.",
    "Queue.full": "The step when the queue is full; as nobody_staffed unless given.",
    "Queue.after": "The step when the agent has left; goodbye unless given.",
    "Voicemail.box": "A voicemail box of directory.yaml, or a name that is only shown in tickets.",
    "Voicemail.prompt": "Said before the tone; the box's greeting unless given.",
    "Voicemail.longest_s": "Seconds that a message may last; the box's, or 120, unless given.",
    "Voicemail.silence_s": "So many seconds of silence end the message; the box's, or 5, unless given.",
    "Voicemail.full": "The step when the box takes no more messages; as next unless given.",
    "Record.box": "A voicemail box of directory.yaml, or a name that is only shown in tickets.",
    "Record.prompt": "Said before the tone; the box's greeting unless given.",
    "Record.longest_s": "Seconds that a message may last; the box's, or 120, unless given.",
    "Record.silence_s": "So many seconds of silence end the message; the box's, or 5, unless given.",
    "Record.full": "The step when the box takes no more messages; as next unless given.",
    "Transfer.department": "A department of directory.yaml.",
    "Transfer.hotline": "Another hotline (of directory.yaml, with 'hotline: true'), which is told what we know.",
    "Survey.prompt": "The question.",
    "Why.prompt": "The second question.",
    "Survey.why": "A second question, for those who are not satisfied.",
    "Survey.thanks": "The prompt that is said to those who answered.",
    "SpecialPeriod.start": 'It opens at this time: "08:30".',
    "SpecialPeriod.end": "It closes at this time; before 'from' means the next day.",
    "Why.keys": "The keys that may be pressed.",
    "Survey.keys": "What each key means: satisfied, neutral or unsatisfied.",
    "Queue.announce": "What waiting callers are told; false: nothing. The place, when the queue says, unless given.",
    "Announce.place": "Whether the place in line is told.",
    "WhileWaiting.prompt": "Says what may be pressed; after each announcement.",
    "WhileWaiting.keys": "The keys that leave the line, and the step each leads to.",
    "Hours.calendar": "The name of a calendar, instead of hours that are written here.",
    "SpecialPeriod.on": "The date or dates: 2026-10-01, 2026-10-01..2026-10-07, or 12-31 for every year.",
    "Calendar.open": "The periods in which it is open.",
    "Calendar.closed_on": "Days on which it is closed, whatever else is said.",
    "DialledNumber.number": "As it is dialled.",
    "EntryRule.callers": "Names of 'lists': the caller's number stands in one of them.",
    "EntryRule.dialled": "Numbers that were dialled.",
    "EntryRule.to": "The step that these callers begin with.",
    "EntryRule.language": "The language from here on.",
    "DialledNumber.language": "The language from here on.",
    "Transfer.next": "The step when that talk is over; goodbye unless given.",
}


def help_of(model: type[BaseModel], name: str, words: Mapping[str, str] = _OF_MODELS) -> str:
    """Return what a model's field is for, as a sentence; "" when nobody has said. ``words`` holds what is worded for
    readers by ``Model.field``; it goes before what the code says."""
    if (worded := words.get(f"{model.__name__}.{name}")) is not None:
        return worded
    field = model.model_fields[name]
    text = field.description or next((said for kind in model.__mro__ if (said := _remarks(kind).get(name))), "")
    key = field.alias or name
    return sentence(text) or COMMON.get(key, "")


def about(model: type[BaseModel]) -> str:
    """Return what a model is for: its docstring on one line, without the marks of code."""
    return sentence(" ".join((inspect.getdoc(model) or "").split()))


def sentence(text: str) -> str:
    """Return a remark as a sentence."""
    plain = text.replace("``", "'").strip()
    return plain[:1].upper() + plain[1:] + ("" if plain.endswith((".", ")", "…")) else ".") if plain else ""


@functools.cache
def _remarks(kind: type) -> Mapping[str, str]:
    """Return the remarks behind a class's own fields."""
    if not issubclass(kind, BaseModel) or kind is BaseModel:
        return {}
    try:
        code = textwrap.dedent(inspect.getsource(kind))
    except (OSError, TypeError):
        return {}
    comments = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(code).readline)
        if token.type == tokenize.COMMENT
    }
    body = next(node for node in ast.parse(code).body if isinstance(node, ast.ClassDef)).body
    return {
        node.target.id: comments[node.end_lineno]
        for node in body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.end_lineno in comments
    }
