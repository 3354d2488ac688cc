"""The service line: what the hotline's own people do by telephone, after a PIN.

=============  =========================================================================================================
``line``       ServiceLine: PIN, menu, and the items on it
``phone``      ServicePhone: the telephone being served; ServiceItem: what can be put on the menu
``pin``        the PIN of this installation, and the lock against guessing
``closing``    emergency closure and opening again
``announcing`` the announcement of the day: record, listen, activate, remove
=============  =========================================================================================================
"""

from calls import Language
from ivr.service_line.announcing import AnnouncingItem
from ivr.service_line.closing import ClosingItem, OpeningItem
from ivr.service_line.line import PHRASES, ServiceLine
from ivr.service_line.phone import Phrases, ServiceItem, ServicePhone
from ivr.service_line.pin import PinLock, load_or_make_pin

__all__ = [
    "AnnouncingItem", "ClosingItem", "OpeningItem", "Phrases", "PinLock", "ServiceItem", "ServiceLine", "ServicePhone",
    "load_or_make_pin", "service_texts",
]  # fmt: skip


def service_texts() -> list[tuple[str, Language, str]]:
    """Return (name, language, text) of everything the service line says, to be rendered ahead."""
    said = {**PHRASES, **ClosingItem.phrases, **OpeningItem.phrases, **AnnouncingItem.phrases}
    return [(name, Language(language), text) for name, texts in said.items() for language, text in texts.items()]
