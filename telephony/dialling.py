"""What Asterisk's Dial says about a leg that was rung, in our words."""

from calls.line import RingOutcome

# DIALSTATUS of app_dial -> outcome, where the Q.931 cause does not tell more.
_BY_STATUS = {
    "ANSWER": RingOutcome.ANSWERED,
    "NOANSWER": RingOutcome.NO_ANSWER,
    "BUSY": RingOutcome.BUSY,
    "CHANUNAVAIL": RingOutcome.UNREACHABLE,
    "CONGESTION": RingOutcome.FAILED,
    "CANCEL": RingOutcome.FAILED,
}

# HANGUPCAUSE (Q.850) -> outcome: how res_pjsip maps 603, 480, 404, 408 and an unregistered phone.
_BY_CAUSE = {
    "17": RingOutcome.BUSY,
    "18": RingOutcome.UNREACHABLE,  # no user responding (408)
    "20": RingOutcome.UNREACHABLE,  # subscriber absent
    "21": RingOutcome.DECLINED,  # call rejected (403, 603)
    "27": RingOutcome.UNREACHABLE,  # destination out of order
    "3": RingOutcome.UNREACHABLE,
    "1": RingOutcome.UNREACHABLE,
}

# Reason of an OriginateResponse that failed (Asterisk's control frames) -> outcome.
_BY_REASON = {
    "1": RingOutcome.NO_ANSWER,  # hung up
    "3": RingOutcome.NO_ANSWER,  # rang until the time was over
    "5": RingOutcome.BUSY,
    "8": RingOutcome.FAILED,  # congestion
}


def originate_outcome(response: str, reason: str, cause: str = "") -> RingOutcome:
    """Return what became of a call that Asterisk was asked to make, from its OriginateResponse; ``cause`` (Q.850) is
    that of the channel's end, which alone tells a busy phone of PJSIP."""
    if response == "Success":
        return RingOutcome.ANSWERED
    return _BY_CAUSE.get(cause) or _BY_REASON.get(reason, RingOutcome.UNREACHABLE)


def ring_outcome(dial_status: str, cause: str, *, rang: bool = True) -> RingOutcome:
    """Return what became of a leg from DIALSTATUS and HANGUPCAUSE. A phone that was never heard to ring (``rang``)
    was not left unanswered by anybody: it could not be reached."""
    by_status = _BY_STATUS.get(dial_status, RingOutcome.FAILED)
    if by_status is RingOutcome.NO_ANSWER and not rang:
        return RingOutcome.UNREACHABLE
    if by_status in (RingOutcome.ANSWERED, RingOutcome.NO_ANSWER):
        return by_status
    return _BY_CAUSE.get(cause, by_status)
