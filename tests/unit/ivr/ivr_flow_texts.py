"""A small sound flow that tests change in one place, and what it may refer to."""

from pathlib import Path

import pytest

from ivr import FlowErrors, FlowMistake, Known, SystemPrompts, parse_flow

DIALPLANS = Path(__file__).parents[3] / "dialplans"
SYSTEM = SystemPrompts.load(DIALPLANS / "prompts.yaml")
KNOWN = Known(
    queues=frozenset({"general", "english"}),
    skills=frozenset({"general", "housing", "lang.en"}),
    departments=frozenset({"tax", "water"}),
    prompts=SYSTEM.names,
)

GOOD = """\
name: test
numbers: ["12345", 12319]
default: true
languages: [zh, en]
start: open
person: person
person_in: {en: person_en}
prompts:
  hello: {zh: 您好, en: Hello}
  short: {zh: 请按键, en: Press}
  info: {zh: 消息, en: News}
  ask: {zh: 请输入, en: Enter}
  nine: {en: Press nine}
steps:
  open:
    do: hours
    zone: Asia/Shanghai
    open: [{days: workdays, from: "08:30", to: "17:30"}]
    closed_on: [2026-05-09]
    open_on: [2026-05-10]
    china_holidays: true
    when_open: welcome
    when_closed: message
  welcome:
    do: menu
    prompt: hello
    short: short
    then_in: {en: nine}
    first_digit_s: 4
    choices: {1: person, 2: info, 3: ask, 4: water, 5: round, 9: english}
    no_input: {limit: 2, prompts: [no_input, short], then: message}
    no_match: {limit: 1, prompt: no_match}
  english: {do: language, language: en, next: welcome}
  info: {do: say, prompt: info, service: info, next: welcome}
  ask: {do: collect, prompt: ask, into: ticket, least: 4, most: 6, next: state}
  state: {do: ticket_state, number: ticket, found: welcome, not_found: welcome}
  water: {do: transfer, department: water, failed: person}
  round: {do: goto, next: welcome}
  person: {do: queue, queue: general, skills: {housing: 2}, nobody_staffed: message}
  person_en: {do: queue, queue: english, nobody_staffed: message}
  message: {do: voicemail, box: night, next: end}
  end: {do: hangup}
"""


def line_of(text: str, part: str) -> int:
    """Return the line, from 1, in which ``part`` stands first."""
    return text[: text.index(part)].count("\n") + 1


def mistakes(text: str | bytes, known: Known = KNOWN) -> list[FlowMistake]:
    """Every mistake that is told of a flow which has some."""
    with pytest.raises(FlowErrors) as caught:
        parse_flow(text, known, "city.yaml")
    assert caught.value.mistakes
    return caught.value.mistakes
