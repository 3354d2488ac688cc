"""All mistakes come in one run: a misspelt key hides neither a dangling name nor a missing text."""

import pytest
from ivr_flow_texts import GOOD, KNOWN

from ivr import FlowErrors, Known, parse_flow


def told(text: str, known: Known = KNOWN) -> dict[str, str]:
    """Return the mistakes by key."""
    with pytest.raises(FlowErrors) as caught:
        parse_flow(text, known)
    return {mistake.key: f"{mistake.message} ({mistake.remedy})" for mistake in caught.value.mistakes}


MISSPELT = GOOD.replace("barge_in", "barg_in").replace("    prompt: hello", "    promt: hello")


@pytest.mark.parametrize(("old", "new", "key", "words"), [
    ("2: info,", "2: inof,", "steps.welcome.choices.2", "did you mean 'info'?"),
    ("then: message}", "then: mesage}", "steps.welcome.no_input.then", "did you mean 'message'?"),
    ("prompts: [no_input, short]", "prompts: [no_inputs, short]", "steps.welcome.no_input.prompts.0", "'no_input'"),
    ("prompt: no_match", "prompt: no_mach", "steps.welcome.no_match.prompt", "'no_match'"),
    ("next: state", "next: sate", "steps.ask.next", "did you mean 'state'?"),
    ("queue: general", "queue: genral", "steps.person.queue", "did you mean 'general'?"),
    ("{housing: 2}", "{hosing: 2}", "steps.person.skills.hosing", "did you mean 'housing'?"),
    ("department: water", "department: watr", "steps.water.department", "did you mean 'water'?"),
    ("number: ticket", "number: tiket", "steps.state.number", "did you mean 'ticket'?"),
    ("start: open", "start: opn", "start", "did you mean 'open'?"),
    ("{en: person_en}", "{en: persn}", "person_in.en", "did you mean 'person'?"),
    ("zh: 消息, en: News", "zh: 消息", "prompts.info", "has no text in 'en'"),
    ("zh: 消息", "zh: '消息{'", "prompts.info.zh", "a brace is not closed"),
])  # fmt: skip
def test_a_second_mistake_is_told_beside_a_misspelt_key(old, new, key, words):
    assert old in MISSPELT
    mistakes = told(MISSPELT.replace(old, new, 1))
    assert "is not known here" in mistakes["steps.welcome.promt"]
    assert words in mistakes[key]


def test_what_is_right_is_not_called_wrong_because_of_a_misspelt_key():
    assert set(told(MISSPELT)) == {"steps.welcome.promt", "steps.welcome.prompt"}


def test_a_step_that_cannot_be_read_is_there_all_the_same():
    mistakes = told(GOOD.replace("do: collect", "do: colect"))
    assert set(mistakes) == {"steps.ask.do", "steps.state.number"}


@pytest.mark.parametrize("text", [
    "steps: 1", "steps: {a: 1, b: [x], c: {do: menu, choices: [1]}, d: {do: queue, skills: x}}", "prompts: [a]",
    "person_in: x\nsteps: {a: {do: say, prompt: [x], next: {a: b}}}", "start: [1]\nperson: {}\nsteps: {}",
    "steps: {a: {do: hours, open: [1, {days: x}], when_open: 1}}", "name: x\nlanguages: [xx]\nsteps: {a: {do: hangup}}",
])  # fmt: skip
def test_nonsense_is_told_and_never_breaks(text):
    assert told(text)


def test_ways_are_looked_at_though_a_queue_is_unknown():
    mistakes = told(
        GOOD.replace("{do: goto, next: welcome}", "{do: goto, next: round}").replace("queue: eng", "queue: eg")
    )
    assert "there is no queue" in mistakes["steps.person_en.queue"]
    assert "goes round" in mistakes["steps.round"]


WRONG_KEY = GOOD.replace("barge_in", "barg_in").replace("do: goto, next: welcome", "do: goto, next: round")


def test_ways_are_looked_at_though_a_key_is_misspelt_or_a_step_is_not_there():
    for old, new in (("first_digit_s: 4", "first_digits_s: 4"), ("4: water", "4: watre")):
        assert "goes round to 'round' without waiting" in told(WRONG_KEY.replace(old, new))["steps.round"]


def test_a_step_that_a_misspelt_name_may_mean_is_not_called_unreached_and_others_are():
    spare = "steps:\n  lost: {do: say, prompt: info, next: welcome}\n"
    for old, new in (("5: round", "5: ruond"), ("first_digit_s: 4", "first_digits_s: 4")):
        with pytest.raises(FlowErrors) as caught:
            parse_flow(GOOD.replace("steps:\n", spare, 1).replace(old, new), KNOWN)
        assert [one.key for one in caught.value.warnings] == ["steps.lost"]


def test_a_person_that_is_not_there_makes_no_round():
    assert set(told(GOOD.replace("person: person\n", "", 1))) == {"person"}
    assert set(told(GOOD.replace("person: person\n", "person: persno\n", 1))) == {"person"}


CONDITION = "{do: when, if: \"queue.eglish.free > 1 and ticket == '1'\", then: welcome, else: end}"


def test_conditions_and_marks_are_looked_at_beside_a_misspelt_key():
    text = GOOD.replace("zh: 消息, en: News", "zh: '{ticket|digits}{x|digits}', en: '1'")
    text = text.replace("round: {do: goto, next: welcome}", f"round: {CONDITION}")
    mistakes = told(text.replace("most: 6", "mots: 6"))  # the step that keeps the ticket cannot be read
    assert "no queue 'eglish'" in mistakes["steps.round.if"]
    assert "nothing fills {x}" in mistakes["prompts.info.zh"]
    assert set(mistakes) == {"steps.ask.mots", "steps.round.if", "prompts.info.zh"}


def test_doubts_are_told_beside_mistakes():
    with pytest.raises(FlowErrors) as caught:
        parse_flow(GOOD.replace("5: round, ", "").replace("queue: eng", "queue: eg"), KNOWN)
    assert [(one.key, one.message) for one in caught.value.warnings] == [("steps.round", "is never reached")]


def test_a_menu_that_takes_key_0_and_leads_to_nobody_is_doubtful():
    text = GOOD.replace("2: info,", "2: info, 8: trap,").replace(
        "steps:\n",
        "steps:\n  trap: {do: menu, prompt: info, choices: {0: say_it, 1: say_it}}\n"
        "  say_it: {do: say, prompt: info, next: bye}\n  bye: {do: hangup}\n",
    )
    [warning] = parse_flow(text, KNOWN).warnings
    assert warning.key == "steps.trap.choices.0"
    assert "no key of this menu leads to a person" in warning.message
    assert not parse_flow(text.replace("0: say_it", "9: say_it"), KNOWN).warnings


def test_without_a_directory_any_queue_may_be_named_but_steps_must_be_there():
    known = Known.anything(KNOWN.prompts)
    assert parse_flow(GOOD.replace("queue: general", "queue: elsewhere"), known)
    assert "steps.ask.next" in told(GOOD.replace("next: state", "next: sate"), known)
