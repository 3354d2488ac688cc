"""What callers are told of their tickets: every state has its words, and there are no words without a state."""

from pathlib import Path

from ruamel.yaml import YAML

from calls import Language
from ivr import SystemPrompts
from tickets import TicketState

FILE = Path(__file__).parents[3] / "dialplans" / "prompts.yaml"


def test_the_states_that_tickets_have_are_those_that_are_said():
    assert set(YAML(typ="safe").load(FILE)["states"]) == {state.value for state in TicketState}


def test_every_state_is_said_in_words_of_its_own_in_every_language():
    system = SystemPrompts.load(FILE)
    for language in Language:
        said = {state.value: system.state(state.value, language) for state in TicketState}
        assert len(set(said.values())) == len(TicketState)
        assert all(said.values())
    assert all(not system.state(state.value, Language.ZH).isascii() for state in TicketState)
