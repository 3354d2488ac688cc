"""What Asterisk's ``RECORD FILE`` says about a message that was spoken, in our words."""

from calls.line import RecordEnd, RecordLimits
from telephony.agi_codec import Reply

_SLACK_S = 0.5


def record_end(reply: Reply, lasted_s: float, limits: RecordLimits) -> tuple[RecordEnd, str]:
    """Return why recording ended, and the digit that ended it ("": none did)."""
    if reply.data == "dtmf" and (reply.number or 0) > 0:  # after silence, a number stands there that is no digit
        return RecordEnd.DIGIT, chr(reply.number or 0)
    if (reply.number or 0) < 0 or reply.data == "hangup":
        return RecordEnd.HANG_UP, ""
    return RecordEnd.MAX_LENGTH if lasted_s >= limits.max_s - _SLACK_S else RecordEnd.SILENCE, ""
