"""What Asterisk tells of digits: each press counts once, also where it tells the end of one several times."""

import pytest

from telephony.ami_framing import AmiMessage
from telephony.digits import Presses


def told(word: str, channel: str = "a", direction: str = "Received") -> AmiMessage:
    """Return what Asterisk tells: ``b1`` a beginning, ``e1`` an end."""
    event = {"b": "DTMFBegin", "e": "DTMFEnd"}[word[0]]
    return AmiMessage([("Event", event), ("Uniqueid", channel), ("Digit", word[1]), ("Direction", direction)])


def read(presses: Presses, words: str, channel: str = "a") -> str:
    return "".join(word[1] for word in words.split() if presses.is_press(told(word, channel)))


@pytest.mark.parametrize(
    ("words", "pressed"),
    [
        pytest.param("b1 e1 b2 e2 b2 e2", "122", id="as it should be"),
        pytest.param("b1 e1 e1 b2 e2 e2 b2 e2", "122", id="ends told twice"),
        pytest.param("b1 e1 b2 e1 e2 e1 b# e#", "12#", id="an echo comes late"),
        pytest.param("e1 e1 e2 e#", "112#", id="SIP INFO has no beginnings"),
    ],
)
def test_each_press_counts_once(words: str, pressed: str) -> None:
    assert read(Presses(), words) == pressed


def test_each_channel_is_read_by_itself_and_what_asterisk_sends_is_no_press() -> None:
    presses = Presses()
    assert not presses.is_press(told("b1", "a"))
    assert presses.is_press(told("e2", "b")), "one without beginnings"
    assert not presses.is_press(told("e1", "a", "Sent"))
    assert presses.is_press(told("e1", "a"))
    assert not presses.is_press(told("e1", "a")), "an echo"


def test_of_a_channel_that_is_gone_nothing_is_kept() -> None:
    presses = Presses()
    for channel in "abc":
        read(presses, "b1 e1", channel)
    presses.gone("a")
    presses.only({"b"})
    assert [read(presses, "e1", channel) for channel in "abc"] == ["1", "", "1"], "only b is known to have beginnings"
