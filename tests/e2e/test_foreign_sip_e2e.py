"""Phones that nobody here wrote: SIPp registers as a seat, dials its codes, answers; and calls the hotline.

SIPp speaks SIP and RTP by a code base of its own, so what both sides of our simulator could have misunderstood alike
shows here. ``make setup`` unpacks it beside the private Asterisk; where that failed these tests fail and say so, for a
hotline that only our own simulator can call is not known to work. The scenarios are in ``sipp/``.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from simulator.media.g711 import Codec, encode
from simulator.media.sounds import tone as tone_of
from telephony.asterisk.debs import CannotInstall
from telephony.asterisk.install import ensure_sipp
from telephony.asterisk.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = Path(__file__).with_name("sipp")
TONE = 800
PLAIN = """m=audio [media_port] RTP/AVP 8 0 101
      a=rtpmap:101 telephone-event/8000
      a=fmtp:101 0-16"""
RICH = """m=audio [media_port] RTP/AVP 96 9 0 8 3 97 126
      a=rtpmap:96 opus/48000/2
      a=fmtp:96 useinbandfec=1;minptime=10
      a=rtpmap:9 G722/8000
      a=rtpmap:0 PCMU/8000
      a=rtpmap:8 PCMA/8000
      a=rtpmap:3 GSM/8000
      a=rtpmap:97 telephone-event/48000
      a=fmtp:97 0-16
      a=rtpmap:126 telephone-event/8000
      a=fmtp:126 0-16
      a=rtcp-fb:* trr-int 1000
      a=rtcp-mux"""


def _filled(file: str, **fills: str) -> str:
    text = (SCENARIOS / file).read_text(encoding="utf-8")
    for gap, value in fills.items():
        text = text.replace(f"@{gap}@", value)
    return text


class Sipp:
    """SIPp against a site: one process for each scenario."""

    def __init__(self, site, folder: Path) -> None:
        self._site = site
        self._folder = folder
        try:
            self._command = ensure_sipp(ROOT / "var")
        except CannotInstall as error:
            pytest.fail(f"SIPp, the independent witness of these tests, is not here and cannot be fetched: {error}")
        self._running: list[asyncio.subprocess.Process] = []
        self.port, self.media_port = free_ports(1)[0], 0

    def scenario(self, name: str, **fills: str) -> Path:
        """Write a scenario with its gaps filled; return where."""
        path = self._folder / f"{name}-{len(self._running)}.xml"
        path.write_text(_filled(f"{name}.xml", **fills), encoding="utf-8")
        return path

    def caller(self, digits: str, *, offer: str = PLAIN, refreshed: bool = False, hangs_up: bool = True) -> Path:
        """Return the scenario of a call in which ``digits`` are pressed by SIP INFO."""
        sound = self._folder / "tone.alaw"
        sound.write_bytes(encode(Codec.PCMA, tone_of(TONE, 1.0)))
        pressed = [
            _filled("press.fragment.xml", DIGIT=digit, CSEQ=str(10 + i), PAUSE="300" if before.isdigit() else "1500")
            for i, (before, digit) in enumerate(pairwise(f"-{digits}"))
        ]
        return self.scenario(
            "caller", TONE=str(sound), DIGITS="".join(pressed), OFFER=offer,
            LATER=_filled("refresh.fragment.xml") if refreshed else "",
            END=_filled("hangs-up.fragment.xml" if hangs_up else "listens.fragment.xml"),
        )  # fmt: skip

    async def start(
        self, scenario: Path | str, *options: str, tcp: bool = False, calls: int = 1, talk_s: float = 0, **keys: object
    ) -> asyncio.subprocess.Process:
        """Start a scenario (or, by name, one of SIPp's own) for so many calls; return the process."""
        host, port = self._site.sip
        words = {
            "-sf" if isinstance(scenario, Path) else "-sn": scenario, "-i": "127.0.0.1", "-mi": "127.0.0.1",
            "-p": self.port, "-mp": free_ports(1)[0] & ~1, "-m": calls, "-d": round(talk_s * 1000),
            "-t": "t1" if tcp else "u1", "-error_file": self._folder / f"error-{len(self._running)}.log",
        }  # fmt: skip
        given = [str(word) for pair in words.items() for word in pair]
        given += [str(word) for key, value in keys.items() for word in ("-key", key, value)]
        process = await asyncio.create_subprocess_exec(
            *self._command, f"{host}:{port}", *given, "-nostdin", "-trace_err", *options, cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self._running.append(process)
        return process

    async def finish(self, process: asyncio.subprocess.Process, timeout: float = 30) -> None:
        """Wait until a scenario is through, and went as it is written."""
        try:
            async with asyncio.timeout(timeout):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            code = await process.wait()
        log = self._folder / f"error-{self._running.index(process)}.log"
        told = log.read_text(errors="replace")[:3000] if log.exists() else ""
        assert code == 0, f"SIPp left with {code}:\n{told}"

    async def run(self, scenario: Path | str, *options: str, **more) -> None:
        await self.finish(await self.start(scenario, *options, **more))

    async def close(self) -> None:
        """End what still runs."""
        for process in self._running:
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.fixture
async def sipps(site, tmp_path):
    """Make foreign phones; each has a port of its own."""
    made: list[Sipp] = []

    def make() -> Sipp:
        folder = tmp_path / f"sipp{len(made)}"
        folder.mkdir()
        made.append(Sipp(site, folder))
        return made[-1]

    yield make
    for one in made:
        await one.close()


Make = Callable[[], Sipp]


def _account(site, seat: str) -> tuple[str, ...]:
    return "-s", seat, "-au", seat, "-ap", site.secrets["seats"][seat]


async def _dials(site, phone: Sipp, seat: str, code: str, digits: str = "") -> None:
    await phone.run(phone.caller(digits, hangs_up=False), *_account(site, seat), number=seat, dialled=code)


@pytest.mark.parametrize("answers", [True, False], ids=["it answers OPTIONS", "it knows nothing of OPTIONS"])
async def test_a_foreign_phone_registers_logs_in_and_serves_a_caller(
    site, phones, sipps: Make, *, answers: bool
) -> None:
    phone = sipps()
    seat, agent = "1050", "2030"
    await phone.run(phone.scenario("register"), *_account(site, seat), expires=120)
    await _dials(site, phone, seat, "*11", f"{agent}#{site.pins[agent]}#")
    await site.eventually(lambda: site.agent(agent)["seat"] == seat)
    options = ("-rtp_echo", "-aa") if answers else ("-rtp_echo",)
    answering = await phone.start(phone.scenario("agent"), *options, calls=100)  # SIPp counts an OPTIONS as a call
    try:
        await _dials(site, other := sipps(), seat, "*12")
        await site.eventually(lambda: site.agent(agent)["state"] == "ready", 15)
        seen = "Avail" if answers else "Unavail"
        await site.eventually(lambda: re.search(rf" {seat}/.* {seen} ", site.asterisk("pjsip show contacts")))
        number = "13800000501" if answers else "13800000502"
        caller = await phones.ask_for_a_person(number, tone=TONE)
        await caller.hear_tone(TONE, 15)  # its own voice comes back: there and back through foreign hands
        await caller.hang_up()
        answering.terminate()
        await answering.wait()
        assert answers == (answering.returncode == 0), "without -aa, SIPp takes an OPTIONS for a call that failed"
        call = await site.recorded_call_of(number)
        assert (call.outcome, call.agent, call.seat) == ("answered", agent, seat)
    finally:
        await _dials(site, other, seat, "*14")
    await phone.run(phone.scenario("register"), *_account(site, seat), expires=0)
    assert "1050" not in site.asterisk("pjsip show contacts")


@dataclass(frozen=True)
class Kind:
    """What a caller's phone is like."""

    number: str
    seat: str = ""  # whose password it knows; "": the trunk's, which is not asked for one
    offer: str = PLAIN
    tcp: bool = False
    refreshed: bool = False  # the call is refreshed by UPDATE and by a re-INVITE without an offer


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(Kind("13800000511"), id="trunk"),
        pytest.param(Kind("13800000512", offer=RICH, tcp=True, refreshed=True), id="tcp, many codecs, refreshed"),
        pytest.param(Kind("1051", seat="1051", offer=RICH, refreshed=True), id="a seat asked for its password"),
    ],
)
async def test_a_foreign_phone_calls_the_hotline_and_talks(site, phones, sipps: Make, kind: Kind) -> None:
    agent = await phones.seat("1052", "2031", tone=1100)
    phone = sipps()
    scenario = phone.caller("1", offer=kind.offer, refreshed=kind.refreshed)
    account = _account(site, kind.seat) if kind.seat else ()
    calling = await phone.start(scenario, *account, tcp=kind.tcp, number=kind.number, dialled="12345", talk_s=2.5)
    leg = await agent.next_call(20)
    await leg.hear_tone(TONE, 10)
    await phone.finish(calling)
    call = await site.recorded_call_of(kind.number)
    assert (call.outcome, call.agent, call.caller_name) == ("answered", "2031", "Foreign phone")


async def test_sipps_own_caller_is_greeted_as_it_is(site, sipps: Make) -> None:
    phone = sipps()
    await phone.run("uac", "-s", "12345", "-r", "3", calls=3, talk_s=1)  # calls as sip:sipp@…, and sends no audio
