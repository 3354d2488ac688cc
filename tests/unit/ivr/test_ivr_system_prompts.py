"""What the system says by itself: the file that ships is complete; a mistake in it names line, key and remedy."""

import pytest
from ivr_flow_texts import DIALPLANS, SYSTEM

from calls import Language
from ivr import FlowErrors, SystemPrompts
from ivr.system_prompts import NEEDED

TEXT = (DIALPLANS / "prompts.yaml").read_text(encoding="utf-8")


def told(tmp_path, old: str, new: str) -> list[tuple[str, str, str, str]]:
    assert old in TEXT
    path = tmp_path / "prompts.yaml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FlowErrors) as caught:
        SystemPrompts.load(path)
    written = path.read_text(encoding="utf-8").splitlines()
    return [(m.key, m.message, m.remedy, written[m.line - 1].strip()) for m in caught.value.mistakes]


def test_all_that_the_code_says_is_there_in_every_language():
    texts = {(name, language) for name, language, text in SYSTEM.all_texts() if text}
    assert texts >= {(name, language) for name in NEEDED for language in Language}
    assert {"place", "ticket", "state"} & {mark for marks in NEEDED.values() for mark in marks}


def test_flows_may_say_the_prompts_without_marks():
    assert {"goodbye", "fault", "no_input"} <= SYSTEM.names
    assert not {"queue_place", "ticket_found"} & SYSTEM.names


def test_a_ticket_state_without_words_is_said_as_it_is_called():
    assert SYSTEM.state("closed", Language.ZH) == "已办结"
    assert SYSTEM.state("odd", Language.EN) == "odd"
    assert (Language.ZH, "已办结") in SYSTEM.known_texts()


@pytest.mark.parametrize(
    ("old", "new", "key", "words", "line"),
    [
        ("  goodbye:", "  good_bye:", "prompts", ("'goodbye' is missing", "add 'goodbye:'"), "prompts:"),
        ("    en: Sorry", "    fr: Sorry", "prompts.fault.fr", ("not known", "en, zh"), "fr: Sorry"),
        ("{place|", "{plaec|", "prompts.queue_place.zh", ("nothing fills {plaec}", "remove"), "zh: 坐席"),
        ("|place}，", "|plac}，", "prompts.queue_place.zh", ("unknown kind", ""), "zh: 坐席"),
        (", en: registered", "", "states.registered", ("no text in 'en'", "add it"), "registered:"),
        ("states:", "sates:", "sates", ("not known here", "did you mean 'states'?"), "sates:"),
    ],
)  # fmt: skip
def test_a_mistake_names_line_key_and_remedy(tmp_path, old, new, key, words, line):  # noqa: PLR0917
    found = [mistake for mistake in told(tmp_path, old, new) if mistake[0] == key]
    assert found, told(tmp_path, old, new)
    assert words[0] in found[0][1]
    assert words[1] in found[0][2]
    assert found[0][3].startswith(line)
