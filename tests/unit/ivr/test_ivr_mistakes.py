"""A mistake in a flow names file, line, key and remedy, in words for people who are no programmers."""

from dataclasses import replace

import pytest
from ivr_flow_texts import DIALPLANS, GOOD, KNOWN, SYSTEM, line_of, mistakes

from agents import load_directory
from ivr import Known, load_flow, parse_flow


def test_the_sound_flow_is_read_without_doubts():
    loaded = parse_flow(GOOD, KNOWN)
    assert loaded.warnings == ()
    assert [one.number for one in loaded.flow.numbers] == ["12345", "12319"]
    assert set(loaded.flow.steps["welcome"].choices) == set("123459")


@pytest.mark.parametrize("name", ["12345.yaml", "minimal.yaml"])
def test_the_flows_that_ship_are_sound(name):
    directory = load_directory(DIALPLANS / "directory.yaml")
    known = Known(
        frozenset(directory.queues), frozenset(directory.skills), frozenset(directory.departments), SYSTEM.names
    )
    assert load_flow(DIALPLANS / name, known).warnings == ()


# what stands in the flow, what is written instead, key of the mistake, words of its message and remedy
KEYS = [
    ("default: true", "defualt: true", "defualt", "not known here", "did you mean 'default'?"),
    ("    prompt: hello", "    promt: hello", "steps.welcome.promt", "not known here", "did you mean 'prompt'?"),
    ("to: \"17:30\"", "too: \"17:30\"", "steps.open.open.0.too", "not known here", "did you mean 'to'?"),
    ("{limit: 1,", "{limits: 1,", "steps.welcome.no_match.limits", "not known here", "did you mean 'limit'?"),
    ("en: Hello}", "de: Hallo}", "prompts.hello.de", "not known here", "there are: en, zh"),
    ("then_in: {en", "then_in： {en", "steps.welcome.then_in： {en", "not known here", "full-width"),
    ("start: open\n", "", "start", "is missing", "add 'start:'"),
    ("service: info, next: welcome", "service: info", "steps.info.next", "is missing", "add 'next:'"),
    ("do: goto", "do: gotto", "steps.round.do", "'gotto' is no kind of step", "did you mean 'goto'?"),
    ("do: goto, ", "", "steps.round", "does not say what to do", "add 'do:', one of: say, menu"),
    ("{do: goto, next: welcome}", "welcome", "steps.round", "not what belongs here", "indented"),
    ("limit: 1,", "limit: many,", "steps.welcome.no_match.limit", "'many' is no whole number", "without unit"),
    ("limit: 1,", "limit: 0,", "steps.welcome.no_match.limit", "out of bounds", "at least 1"),
    ("limit: 1,", "limit: 99,", "steps.welcome.no_match.limit", "out of bounds", "at most 10"),
    ("first_digit_s: 4", "first_digit_s: 4s", "steps.welcome.first_digit_s", "is no number", "without unit"),
    ("first_digit_s: 4", "first_digit_s: 0", "steps.welcome.first_digit_s", "out of bounds", "at least 0.5"),
    ("first_digit_s: 4", "first_digit_s: .nan", "steps.welcome.first_digit_s", "'.nan' is no number", "a number"),
    ("first_digit_s: 4", "first_digit_s: " + "9" * 5000, "steps.welcome.first_digit_s", "", ""),
    ("first_digit_s: 4", "barge_in: maybe", "steps.welcome.barge_in", "neither true nor false", "write true or false"),
    ("{zh: 消息, en: News}", "[a, b]", "prompts.info", "not what belongs here", "indented"),
    ("{zh: 消息, en: News}", "zh：消息", "prompts.info", "not what belongs here", "full-width"),
    ("{zh: 消息, en: News}", "", "prompts.info", "nothing behind", "indented"),
    ("zh: 消息", "zh: ''", "prompts.info.zh", "is empty", "write something"),
    ("zh: 消息", "zh: ' '", "prompts.info.zh", "is empty", "write what is to be said"),
    ("zh: 消息", "zh: '消息{x|number}'", "prompts.info.zh", "nothing fills {x}", "there are: caller, dialled, ticket"),
    ("zh: 消息", "zh: '{tickt|digits}'", "prompts.info.zh", "nothing fills {tickt}", "did you mean 'ticket'?"),
    ("prompt: info, service", "text: {zh: '{x}', en: a}, service", "steps.info.text.zh", "nothing fills {x}", "there"),
    ("prompt: info, service", "prompt: {zh: 一}, service", "steps.info.prompt", "no text in 'en'", "add 'en:' here"),
    ("prompt: info, service", "prompt: {zh: 一, de: x}, service", "steps.info.prompt.de", "not known here", "en, zh"),
    ("prompt: info, service", "prompt: [info], service", "steps.info.prompt", "is no text", "write a text"),
    ("prompt: info, service", "text: info, service", "steps.info.text", "not what belongs here", "indented"),
    ("prompt: info, service", "service", "steps.info", "says nothing, or too much", "exactly one of"),
    ("prompts: [no_input, short]", "prompts: [no_input, shrt]", "steps.welcome.no_input.prompts.1", "no prompt", ""),
    ("into: ticket", "into: caller", "steps.ask.into", "'caller' has a meaning of its own", "another name"),
    ("into: ticket", "into: ticket, check: id", "steps.ask.check", "'id' is not known here", "'id_card'"),
    ("into: ticket", "into: ticket, patterns: ['1*3']", "steps.ask.patterns.0", "has not the right form", "138*"),
    ("into: ticket", "into: ticket, confirm: cofirm", "steps.ask.confirm", "there is no prompt 'cofirm'", "there are"),
    ("zh: 消息", "zh: '消息{x'", "prompts.info.zh", "brace is not closed", ""),
    ("zh: 消息, ", "", "prompts.info", "has no text in 'zh'", "add 'zh:' here"),
    ("[zh, en]", "[zh, fr]", "languages.1", "'fr' is not known here", "'zh' or 'en'"),
    ("[zh, en]", "[]", "languages", "is empty", "write something"),
    ("[zh, en]", "zh", "languages", "is no list", "[one, two]"),
    ("[zh, en]", "[zh]", "steps.english.language", "none of the flow's languages", "add en"),
    ("12319]", "12-319]", "numbers.1", "has not the right form", "digits only"),
    ("12319]", "true]", "numbers.1", "is no text", ""),
    ("name: test", "name: " + "x" * 61, "name", "too long", "shorter"),
    ("  round:", "  2round:", "steps.2round", "has not the right form", "beginning with a letter"),
    ("1: person,", "1a: person,", "steps.welcome.choices.1a", "'1a' are no keys of a telephone", "0 to 9"),
    ("1: person,", "1234567: person,", "steps.welcome.choices.1234567", "no keys of a telephone", "at most six"),
    ("1: person,", "１: person,", "steps.welcome.choices.１", "are no keys of a telephone", "0 to 9"),
    ("5: round", "5: bakc", "steps.welcome.choices.5", "no step 'bakc'", "'back'"),
    ("failed: person", "failed: back", "steps.water.failed", "no step 'back'", ""),
    ("least: 4", "least: 9", "steps.ask", "least (9) is greater than most (6)", "exchange"),
    ("Asia/Shanghai", "Asia/Shangai", "steps.open.zone", "no time zone 'Asia/Shangai'", "'Asia/Shanghai'?"),
    ("Asia/Shanghai", "/etc/passwd", "steps.open.zone", "no time zone", ""),
    ("Asia/Shanghai", "Beijing time", "steps.open.zone", "no time zone", ""),
    ('"08:30"', "8:30", "steps.open.open.0.from", "'8:30' has not the right form", "08:30"),
    ('"08:30"', "25:00", "steps.open.open.0.from", "not the right form", "08:30"),
    ('"08:30"', '"24:00"', "steps.open.open.0.from", "not the right form", "08:30"),
    ('"08:30"', '"17:30"', "steps.open.open.0", "are the same", '"24:00"'),
    ("workdays", "monday", "steps.open.open.0.days", "not the right form", "mon-fri"),
    ("workdays", "mon-wed-fri", "steps.open.open.0.days", "not the right form", "mon-fri"),
    ("2026-05-09", "2026-13-09", "steps.open.closed_on.0", "is no date", "2026-10-01"),
    ("2026-05-09", "09.05.2026", "steps.open.closed_on.0", "is no date", "2026-10-01"),
    ("2026-05-09", "2026-05-10", "steps.open", "in closed_on and in open_on", "remove it"),
    ("start: open", "start: opne", "start", "no step 'opne'", "did you mean 'open'?"),
    ("{en: person_en}", "{en: person_eng}", "person_in.en", "no step 'person_eng'", "did you mean 'person_en'?"),
    ("1: person,", "1: persn,", "steps.welcome.choices.1", "no step 'persn'", "did you mean 'person'?"),
    ("then: message", "then: massage", "steps.welcome.no_input.then", "no step 'massage'", "did you mean 'message'?"),
    ("found: welcome,", "found: Welcome,", "steps.state.found", "no step 'Welcome'", "did you mean 'welcome'?"),
    ("prompt: hello", "prompt: helo", "steps.welcome.prompt", "no prompt 'helo'", "did you mean 'hello'?"),
    ("prompt: no_match", "prompt: nomatch", "steps.welcome.no_match.prompt", "no prompt 'nomatch'", "'no_match'?"),
    ("short]", "shrt]", "steps.welcome.no_input.prompts.1", "no prompt 'shrt'", "did you mean 'short'?"),
    ("{en: nine}", "{en: nein}", "steps.welcome.then_in.en", "no prompt 'nein'", "did you mean 'nine'?"),
    ("queue: general", "queue: genral", "steps.person.queue", "no queue 'genral'", "did you mean 'general'?"),
    ("{housing: 2}", "{huosing: 2}", "steps.person.skills.huosing", "no skill 'huosing'", "did you mean 'housing'?"),
    ("{housing: 2}", "{housing: 6}", "steps.person.skills.housing", "out of bounds", "at most 5"),
    ("department: water", "department: watre", "steps.water.department", "no department 'watre'", "'water'?"),
    ("number: ticket", "number: tiket", "steps.state.number", "no step collects 'tiket'", "did you mean 'ticket'?"),
    ("box: night", "box: 夜间", "steps.message.box", "has not the right form", "letters a-z"),
    ("person: person\n", "person: message\n", "person", "does not lead to a queue", "do: queue"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "key", "message", "remedy"), KEYS, ids=[f"{k[2]}-{i}" for i, k in enumerate(KEYS)]
)
def test_a_mistake_names_file_line_key_and_remedy(old, new, key, message, remedy):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = [m for m in mistakes(text) if m.key == key]
    assert found, [str(m) for m in mistakes(text)]
    mistake = found[0]
    assert mistake.file == "city.yaml"
    assert message in mistake.message
    assert remedy in mistake.remedy
    written = text.splitlines()[mistake.line - 1]
    parent = next((p for p in reversed(key.split(".")) if not p.isdigit() and p in written), None)
    assert parent is not None or mistake.line == 1, f"line {mistake.line} has nothing of {key}: {written}"
    assert str(mistake).startswith(f"city.yaml:{mistake.line}:{mistake.column}: {key}: {mistake.message}")


def test_every_mistake_is_told_at_once():
    text = GOOD.replace("limit: 1", "limit: x").replace("defualt", "").replace("do: goto", "do: gott")
    assert {m.key for m in mistakes(text)} == {"steps.welcome.no_match.limit", "steps.round.do"}
    text = GOOD.replace("queue: general", "queue: a").replace("prompt: info", "prompt: b").replace("3: ask", "3: c")
    assert {m.key for m in mistakes(text)} >= {"steps.person.queue", "steps.info.prompt", "steps.welcome.choices.3"}


def test_an_unknown_queue_in_a_directory_without_queues_tells_where_to_list_it():
    found = mistakes(GOOD, Known(prompts=SYSTEM.names))
    assert {m.key for m in found} >= {"steps.person.queue", "steps.water.department"}
    assert all("directory.yaml" in m.remedy for m in found)


# -- flows that read well and do not work ---------------------------------------------------------------------------


def changed(*pairs: tuple[str, str]) -> str:
    text = GOOD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


NOBODY = "skills: {housing: 2}, nobody_staffed: message"
ROUNDS = [
    ("without_waiting", [("do: goto, next: welcome", "do: goto, next: round")], "without waiting"),
    (
        "by_hours",
        [("when_open: welcome", "when_open: english"), ("language: en, next: welcome", "language: en, next: open")],
        "without waiting",
    ),
    ("silent_menu", [("then: message", "then: welcome")], "for ever"),
    ("queue_to_itself", [(NOBODY, "nobody_staffed: person")], "without waiting"),
    (
        "queue_to_queue",
        [
            (NOBODY, "nobody_staffed: person_en"),
            ("queue: english, nobody_staffed: message", "queue: english, nobody_staffed: person"),
        ],
        "without waiting",
    ),
    ("full_to_itself", [("{housing: 2},", "{housing: 2}, full: person,")], "without waiting"),
    ("nobody_back_to_the_menu", [(NOBODY, "nobody_staffed: welcome")], "for ever"),
    ("department_to_itself", [("failed: person", "failed: water")], "without waiting"),
    ("call_that_returns_at_once", [
        ("do: goto, next: welcome", "do: call, step: sub, next: round"), ("  end:", "  sub: {do: return}\n  end:"),
    ], "without waiting"),
    ("message_for_ever", [("box: night, next: end", "box: night, next: message")], "for ever"),
]  # fmt: skip


@pytest.mark.parametrize(("pairs", "words"), [r[1:] for r in ROUNDS], ids=[r[0] for r in ROUNDS])
def test_a_round_that_never_comes_to_a_person_or_an_end_is_refused(pairs, words):
    found = mistakes(changed(*pairs))
    assert all(words in m.message and m.remedy and m.line > 1 for m in found), [str(m) for m in found]


CALLS = [
    ("do: goto, next: welcome", "do: call, step: round, next: end", "comes to this call again before it returns"),
    ("do: goto, next: welcome", "do: call, step: sub, next: end", "'sub' never comes to a return"),
    ("do: goto, next: welcome", "do: return", "returns, though nobody called"),
]


@pytest.mark.parametrize(("old", "new", "words"), CALLS)
def test_steps_that_are_called_come_back_and_only_they(old, new, words):
    (found,) = mistakes(changed((old, new), ("  end:", "  sub: {do: goto, next: end}\n  end:")))
    assert words in found.message
    assert found.remedy
    assert found.key.startswith("steps.round")


WHEN = "round: {do: when, if: CONDITION, then: welcome, else: end}"
LOOKUP = 'round: {do: lookup, url: "http://a.example/x", found: welcome, not_found: welcome, failed: person}'
DEEPER = [
    (WHEN.replace("CONDITION", "ticket = 1 and colour == 2"), "if", "there is no 'colour' (at character 16)", "quotes"),
    (WHEN.replace("CONDITION", "tiket == '1'"), "if", "there is no 'tiket'", "did you mean 'ticket'?"),
    (WHEN.replace("CONDITION", "queue.genral.free > 1"), "if", "no queue 'genral'", "did you mean 'general'?"),
    (WHEN.replace("CONDITION", "time > 9"), "if", "a time cannot be compared with a number", "08:30"),
    (WHEN.replace("CONDITION", "caller == 110"), "if", "a text cannot be compared with a number", "in quotes"),
    (WHEN.replace("CONDITION", "caller > '1'"), "if", "is neither smaller nor greater", "=="),
    (WHEN.replace("CONDITION", "language == 'fr'"), "if", "there is no language 'fr'", "'zh', 'en'"),
    (WHEN.replace("CONDITION", "caller in vips"), "if", "there is no list 'vips'", "lists:"),
    (WHEN.replace("CONDITION", "caller ="), "if", "the end is where a name or a value is expected", "quotes"),
    (WHEN.replace("CONDITION", "caller"), "if", "a comparison is missing here", "write =="),
    (WHEN.replace("CONDITION", "time < 25:00"), "if", "'25:00' is no time", "08:30"),
    (WHEN.replace("CONDITION", "queue.general.size > 1"), "if", "is no figure of a queue", "length"),
    (WHEN.replace("CONDITION", "dialled in caller"), "if", "there is no list 'caller'", ""),
    (WHEN.replace("if: CONDITION, ", ""), "", "decides nothing, or twice", "branches"),
    (LOOKUP.replace('"http://a.example/x"', "ftp://x"), "url", "is no address", "https://"),
    (LOOKUP.replace("/x", "/{tiket}"), "url", "nothing fills {tiket} here", "did you mean 'ticket'?"),
    (LOOKUP.replace("a.example", "{ticket}.example"), "url", "the host has a mark in it", "as it is"),
    (LOOKUP.replace("found: w", "into: {a: '.b'}, found: w", 1), "into.a", "has not the right form", ""),
    (LOOKUP.replace('url: "http://a.example/x"', "query: bill"), "query", "no question 'bill'", "lookups.queries"),
    (LOOKUP.replace('url: "http://a.example/x", ', ""), "", "asks nobody, or two", "exactly one"),
    (LOOKUP.replace("failed: person", "failed: round"), "", "without waiting", "menu"),
    ("round: {do: set, next: welcome}", "", "notes nothing", "'values:' or 'tags:'"),
    ("round: {do: set, values: {a: '{x}'}, next: welcome}", "values.a", "nothing fills {x} here", "there are"),
    ("round: {do: set, values: {a: '{a'}, next: welcome}", "values.a", "a brace is not part of a mark", "{name}"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "key", "words", "remedy"), DEEPER, ids=[f"{d[1]}-{i}" for i, d in enumerate(DEEPER)])
def test_a_mistake_in_what_is_asked_or_noted_names_its_place_and_remedy(step, key, words, remedy):
    text = changed(("round: {do: goto, next: welcome}", step))
    found = {m.key: m for m in mistakes(text)}
    mistake = found[f"steps.round.{key}".rstrip(".")]
    assert words in mistake.message
    assert remedy in mistake.remedy
    assert mistake.line == line_of(text, "  round:")


def test_what_needs_a_setting_is_doubtful_until_it_is_there():
    text = changed(
        ("round: {do: goto, next: welcome}", LOOKUP),
        ("  end:", "  door: {do: pin, pin: staff, prompt: ask, right: end, wrong: end}\n  end:"),
        ("5: round", "5: round, 6: door"),
    )  # fmt: skip
    doubts = {m.key: m for m in parse_flow(text, KNOWN).warnings}
    assert set(doubts) == {"steps.round.url", "steps.door.pin"}
    assert "[lookups]" in doubts["steps.round.url"].remedy
    assert "hotline pin set staff" in doubts["steps.door.pin"].remedy
    assert (
        parse_flow(text, replace(KNOWN, lookup_hosts=frozenset({"a.example"}), pins=frozenset({"staff"}))).warnings
        == ()
    )


def test_a_question_to_a_database_is_sent_what_it_needs_and_nothing_else():
    known = replace(KNOWN, questions={"bill": frozenset({"account"})})
    step = "round: {do: lookup, query: bill, send: {acount: '1'}, found: welcome, not_found: welcome, failed: person}"
    found = {m.key: m.message for m in mistakes(changed(("round: {do: goto, next: welcome}", step)), known)}
    assert "does not ask for 'acount'" in found["steps.round.send.acount"]
    assert "needs 'account'" in found["steps.round.query"]


def test_a_caller_who_waited_may_come_back_to_the_menu():
    text = changed(("skills: {housing: 2},", "timeout: welcome, after: welcome,"))
    assert parse_flow(text, KNOWN).flow.steps["person"].timeout == "welcome"


def test_a_step_that_is_never_reached_and_a_prompt_that_is_never_said_are_doubts_not_mistakes():
    text = changed(("4: water, ", ""), ("  nine:", "  lost: {zh: 丢, en: lost}\n  nine:"))
    doubts = {m.key: m for m in parse_flow(text, KNOWN, "city.yaml").warnings}
    assert set(doubts) == {"steps.water", "prompts.lost"}
    assert doubts["steps.water"].line == line_of(text, "  water:")
    assert "never reached" in doubts["steps.water"].message
    assert "never said" in doubts["prompts.lost"].message


def test_a_language_that_no_agent_speaks_is_doubtful():
    mute = Known(KNOWN.queues, KNOWN.skills - {"lang.en"}, KNOWN.departments, KNOWN.prompts)
    (doubt,) = parse_flow(GOOD, mute).warnings
    assert (doubt.key, doubt.line) == ("steps.english.language", line_of(GOOD, "  english:"))
    assert "'lang.en'" in doubt.remedy


def test_a_further_language_of_one_step_needs_its_text():
    text = changed(("prompt: info, ", "prompt: info, also_in: en, "), ("[zh, en]", "[zh]"), (", en: News", ""))
    assert ("prompts.info", "has no text in 'en'") in {(m.key, m.message) for m in mistakes(text.replace(
        "  english: {do: language, language: en, next: welcome}\n", "").replace(", 9: english", ""))}  # fmt: skip


def test_a_key_that_is_there_twice_hides_no_other_mistake():
    text = GOOD.replace("prompt: info, service", "prompt: info, prompt: info, servise", 1)
    told = [(mistake.key, mistake.message) for mistake in mistakes(text)]
    assert ("steps.info.prompt", "'prompt' is there already, in line 34") in told
    assert ("steps.info.servise", "is not known here") in told


@pytest.mark.parametrize(("old", "new", "key", "remedy"), [
    ("prompt: info, service", "prompt: 您好, service", "steps.info.prompt", "{zh: 您好}"),
    ("prompt: info, service", "text: 您好, service", "steps.info.text", "{zh: 您好}"),
    ("zh: 消息", "zh: '{caller|digit}'", "prompts.info.zh", "write one of number, digits,"),
    ("zh: 消息", "zh: '{caller|digits'", "prompts.info.zh", "write marks like"),
])  # fmt: skip
def test_what_newcomers_write_is_answered_with_what_to_write(old: str, new: str, key: str, remedy: str):
    assert old in GOOD
    [mistake] = [one for one in mistakes(GOOD.replace(old, new, 1)) if one.key == key]
    assert remedy in mistake.remedy


@pytest.mark.parametrize(("written", "key"), [("[abc]", "lists.vip.0"), ("{a: b}", "lists.vip"), ("a b", "lists.vip")])
def test_what_cannot_be_a_list_of_callers_is_told_in_plain_words(written: str, key: str):
    found = [one for one in mistakes(f"lists: {{vip: {written}}}\n" + GOOD) if one.key.startswith("lists")]
    assert [one.key for one in found] == [key]
    assert all("frozenset" not in str(one) and one.remedy for one in found)
