"""Orders for closing and announcing, what waiting callers are told, and understanding --until."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from acd import Told
from calls import Language, ManualClock, Sound
from hotline.cli.until import parse_until
from hotline.http import BadOrder
from hotline.service_desk import ServiceDesk
from hotline.settings import Settings
from hotline.waiting_voice import WaitingVoice
from ivr import Known, QueueRequest, SystemPrompts, load_flow
from ivr.speech import audio

DIALPLANS = Path(__file__).parents[3] / "dialplans"
SYSTEM = SystemPrompts.load(DIALPLANS / "prompts.yaml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 27, 12, tzinfo=SHANGHAI).timestamp()


class Player:
    async def sounds(self, name: str, text: str, language: Language, **marks: object) -> list[Sound]:
        return [Sound(Path(f"{name}{sorted(marks.items())}"))]


class Line:
    """Keeps what is played; ``key`` is pressed into it when it may be."""

    def __init__(self, key: str = "") -> None:
        self.heard: list[str] = []
        self.key = key
        self.call = type("Call", (), {"language": Language.ZH})()

    async def play(self, sounds, *, interrupt=""):
        self.heard += [str(sound.path) for sound in sounds]
        return self.key if self.key and self.key in interrupt else ""


@pytest.fixture
def desk(tmp_path: Path) -> ServiceDesk:
    settings = Settings(state_dir=tmp_path, service_line={"number": "12399"})
    flow = load_flow(DIALPLANS / "minimal.yaml", Known.anything(SYSTEM.names)).flow
    return ServiceDesk(settings, lambda: [flow], lambda: SYSTEM, Player(), ManualClock(NOON))


def test_closing_by_order_is_shown_and_opened_by_order(desk):
    done = desk.orders["close"]({"by": "root", "number": "12319", "until": NOON + 60, "prompt": "hello"})
    assert done["closed"] == {
        "what": "number 12319", "flow": "", "number": "12319", "since": NOON, "until": NOON + 60, "prompt": "hello",
        "by": "root",
    }  # fmt: skip
    assert desk.status()["closed"] == [done["closed"]]
    assert desk.closures.closing("minimal", "12345") is None
    opened = desk.orders["reopen"]({"number": "12319"})
    assert [one["what"] for one in opened["opened"]] == ["number 12319"]
    assert desk.status() == {"closed": [], "announcement": None}


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"flow": "none"}, "no flow 'none'; there are: minimal"),
        ({"flow": "minimal", "number": "1"}, "not both"),
        ({"number": "12a"}, "digits only"),
        ({"until": NOON - 1}, "within the coming year"),
        ({"until": "soon"}, "within the coming year"),
        ({"prompt": "nothing"}, "no prompt 'nothing'; there are: "),
    ],
)
def test_an_order_that_makes_no_sense_closes_nothing_and_says_why(desk, order, told):
    with pytest.raises(BadOrder, match=told):
        desk.orders["close"](order)
    assert desk.status()["closed"] == []


async def test_a_file_is_announced_until_it_is_removed(desk, tmp_path):
    tone = 0.2 * np.sin(np.arange(16000) * 0.3).astype(np.float32)
    audio.write_pair(tone, 8000, tmp_path / "today")
    done = await desk.orders["announcement"]({"file": str(tmp_path / "today.wav"), "by": "root"})
    assert done["announcement"]["seconds"] == pytest.approx(2, abs=0.2)
    assert desk.status()["announcement"] == done["announcement"]
    assert (await desk.orders["announcement"]({"remove": True}))["removed"] is True
    with pytest.raises(BadOrder, match="not a readable sound file"):
        await desk.orders["announcement"]({"file": str(tmp_path / "service_pin")})


def test_only_its_own_number_is_the_service_lines(desk):
    assert desk.answers("12399")
    assert not desk.answers("12345")
    assert not desk.answers("")


async def test_no_caller_hears_a_promise_grow(desk):
    announcer = WaitingVoice(Player(), lambda: SYSTEM).for_caller(QueueRequest("general", {}, tell_wait=True))
    line = Line()
    told = [await announcer.announce(line, 3, estimate) for estimate in (None, 200.0, 130.0, 500.0, 20.0, 61.0)]
    assert [one.wait_s for one in told] == [None, 240.0, 180.0, None, 60.0, None]
    assert [name.partition("[")[0] for name in line.heard] == [
        "queue_place", "queue_place_wait", "queue_place_wait", "queue_place", "queue_place_wait", "queue_place",
    ]  # fmt: skip


async def test_the_wait_is_told_only_where_that_is_wanted_and_offers_come_after_it():
    voice = WaitingVoice(Player(), lambda: SYSTEM)
    request = QueueRequest("general", {}, keys="2", offers=[Sound(Path("offers"))])
    line = Line("2")
    assert await voice.for_caller(request).announce(line, 1, 90.0) == Told("2", None, True)
    assert [name.partition("[")[0] for name in line.heard] == ["queue_place", "offers"]
    silent = QueueRequest("general", {}, tell_place=False, tell_wait=True, keys="2", offers=[Sound(Path("offers"))])
    line = Line()
    assert await voice.for_caller(silent).announce(line, 1, 90.0) == Told("", None, False)
    assert line.heard == ["offers"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30m", NOON + 1800), ("2h", NOON + 7200), ("1d", NOON + 86400), ("18:00", NOON + 6 * 3600),
        ("9:30", NOON + 21.5 * 3600), ("12:00", NOON + 86400), ("2026-11-27T18:00", NOON + 6 * 3600),
        ("2026-11-27T18:00+00:00", NOON + 14 * 3600),
    ],
)  # fmt: skip
def test_a_moment_may_be_written_as_people_do(text, moment):
    assert parse_until(text, NOON, SHANGHAI) == moment


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2h30", "2026-11-27T11:59", "2020-01-01"])
def test_what_is_no_moment_to_come_is_refused_with_a_remedy(text):
    with pytest.raises(ValueError, match=r"write"):
        parse_until(text, NOON, SHANGHAI)
