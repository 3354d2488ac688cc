"""What two hotlines tell each other when one passes a caller on. All of it is bounded; a stranger's word is cleaned."""

import re
from dataclasses import dataclass

_NOT_A_NUMBER = re.compile(r"[^0-9+]+")
_NOT_A_TICKET = re.compile(r"[^0-9A-Za-z-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
NUMBER_LIMIT = 20
TICKET_LIMIT = 40
TEXT_LIMIT = 40  # characters of a subject, or of a hotline's name


@dataclass(frozen=True, slots=True)
class CallData:
    """What is passed on with a caller. "" is what is not known."""

    hotline: str = ""  # who passes the caller on
    caller: str = ""  # the caller's number
    ticket: str = ""  # the matter's number there
    subject: str = ""  # what it is about

    @classmethod
    def cleaned(cls, *, hotline: str = "", caller: str = "", ticket: str = "", subject: str = "") -> "CallData":
        """Return what can be used of what somebody says: digits of a number, letters and digits of a ticket, and words
        without control characters; all of them cut to their limits."""
        return cls(
            hotline=_words(hotline),
            caller=_NOT_A_NUMBER.sub("", caller)[:NUMBER_LIMIT],
            ticket=_NOT_A_TICKET.sub("", ticket)[:TICKET_LIMIT],
            subject=_words(subject),
        )

    def __bool__(self) -> bool:
        return bool(self.hotline or self.caller or self.ticket or self.subject)


def _words(text: str) -> str:
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:TEXT_LIMIT].strip()
