"""A simulated phone reads what it is told of waiting messages (RFC 3842)."""

import pytest

from simulator.lamp import Lamp, lamp_of
from simulator.sip import wire
from simulator.sip.wire import URI, Request


def notify(body: str, event: str = "message-summary") -> Request:
    request = wire.request(
        "NOTIFY", URI("sip", "127.0.0.1", user="1001"), from_header="<sip:a@b>;tag=1", to_header="<sip:1001@b>",
        call_id="x", sequence=1, contact="<sip:a@b>", headers={"Event": event},
    )  # fmt: skip
    request.body = body.encode()
    return request


@pytest.mark.parametrize(("body", "lamp"), [
    ("Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n", Lamp(on=True, new=2, old=8)),
    ("Messages-Waiting: yes\r\nMessage-Account: sip:a@b\r\nVoice-Message: 1/0\r\n", Lamp(on=True, new=1)),
    ("messages-waiting:no\r\n", Lamp()),
    ("Messages-Waiting: yes\r\nVoice-Message: many\r\n", Lamp(on=True)),
    ("Messages-Waiting: perhaps\r\n", None),
    ("", None),
])  # fmt: skip
def test_the_lamp_is_as_the_notify_says(body: str, lamp: Lamp | None) -> None:
    assert lamp_of(notify(body)) == lamp


def test_other_events_say_nothing_of_it() -> None:
    assert lamp_of(notify("Messages-Waiting: yes\r\n", "dialog")) is None
