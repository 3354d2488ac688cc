"""What Asterisk tells of digits: each press counts once, also where it tells the end of one several times."""

import pytest

from telephony.digits import DigitBuffer


def read(told: str) -> str:
    """Return what is read where Asterisk tells this: ``b1`` a beginning, ``e1`` an end."""
    buffer, digits = DigitBuffer(), ""
    for word in told.split():
        buffer.told(word[1], ended=word[0] == "e")
        if buffer.peek():
            digits += buffer.peek()
            buffer.clear()
    return digits


@pytest.mark.parametrize(
    ("told", "pressed"),
    [
        pytest.param("b1 e1 b2 e2 b2 e2", "122", id="as it should be"),
        pytest.param("b1 e1 e1 b2 e2 e2 b2 e2", "122", id="ends told twice"),
        pytest.param("b1 e1 b2 e1 e2 e1 b# e#", "12#", id="an echo comes late"),
        pytest.param("e1 e1 e2 e#", "112#", id="SIP INFO has no beginnings"),
    ],
)
def test_each_press_counts_once(told: str, pressed: str) -> None:
    assert read(told) == pressed
