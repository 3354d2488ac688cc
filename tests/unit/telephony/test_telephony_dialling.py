"""What a leg that was rung came to, in our words."""

import pytest

from calls.line import RingOutcome
from telephony.dialling import originate_outcome, ring_outcome


@pytest.mark.parametrize(
    ("status", "cause", "outcome"),
    [
        ("ANSWER", "16", RingOutcome.ANSWERED),
        ("NOANSWER", "0", RingOutcome.NO_ANSWER),
        ("BUSY", "17", RingOutcome.BUSY),
        ("BUSY", "21", RingOutcome.DECLINED),  # 603 is reported as busy; only the cause tells
        ("CHANUNAVAIL", "20", RingOutcome.UNREACHABLE),
        ("CONGESTION", "34", RingOutcome.FAILED),
        ("", "", RingOutcome.FAILED),
    ],
)
def test_asterisks_words_become_ours(status: str, cause: str, outcome: RingOutcome) -> None:
    assert ring_outcome(status, cause) is outcome


def test_a_phone_that_never_said_that_it_rings_was_not_left_unanswered_but_out_of_reach() -> None:
    assert ring_outcome("NOANSWER", "0", rang=False) is RingOutcome.UNREACHABLE
    assert ring_outcome("ANSWER", "16", rang=False) is RingOutcome.ANSWERED


@pytest.mark.parametrize(
    ("response", "reason", "cause", "outcome"),
    [
        ("Success", "4", "", RingOutcome.ANSWERED),
        ("Failure", "3", "16", RingOutcome.NO_ANSWER),
        ("Failure", "5", "", RingOutcome.BUSY),
        ("Failure", "0", "17", RingOutcome.BUSY),  # so are 486 and 600 told
        ("Failure", "0", "21", RingOutcome.DECLINED),
        ("Failure", "0", "", RingOutcome.UNREACHABLE),
        ("", "", "", RingOutcome.UNREACHABLE),
    ],
)
def test_what_becomes_of_a_call_that_was_asked_for_is_told_in_our_words(
    response: str, reason: str, cause: str, outcome: RingOutcome
) -> None:
    assert originate_outcome(response, reason, cause) is outcome
