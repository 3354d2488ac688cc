"""How urgent a ticket is, by which line it belongs to, and how its matter came in."""

from enum import StrEnum


class Urgency(StrEnum):
    """How urgent a matter is; the last three belong to an emergency line, too."""

    NORMAL = "normal"
    URGENT = "urgent"  # today, though no emergency line has to come
    POLICE = "police"
    FIRE = "fire"
    MEDICAL = "medical"

    @property
    def line(self) -> str:
        """The emergency line that has to know of it ("": none)."""
        return _LINES.get(self, "")


class Channel(StrEnum):
    """How a matter came in. Only calls come by themselves; the others by the API, the commands or a table."""

    PHONE = "phone"
    TEXT = "text"  # a text message
    MAIL = "mail"
    WEB = "web"


_LINES = {Urgency.POLICE: "110", Urgency.FIRE: "119", Urgency.MEDICAL: "120"}
