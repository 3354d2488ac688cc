"""What is recorded by policy: announced, compressed, sealed, in S3, or not at all; calls go on in any case."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import boto3
import pytest
import soundfile
from moto.server import ThreadedMotoServer

from recorder.sealing import add_key
from simulator import MediaEngine
from simulator.media import spectrum

if TYPE_CHECKING:
    from conftest import Phones, Site

ROOT = Path(__file__).resolve().parents[2]
Beside = Callable[..., contextlib.AbstractContextManager["Site"]]
_PRIVATE = "  private: {zh: 不录音坐席, needs: {general: 1, lang.zh: 1}, ring_s: 3, wrap_up_s: 0, record: false}\n"
_FLOW = """numbers: ["12399"]
start: ask
person: ask
steps:
  ask: {do: queue, queue: private, nobody_staffed: bye}
  bye: {do: hangup}
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3, with one bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
    )
    client.create_bucket(Bucket="hotline")
    try:
        yield url
    finally:
        server.stop()


@pytest.fixture(scope="module")
def sealed_site(tmp_path_factory: pytest.TempPathFactory, beside: Beside, s3: str) -> Iterator["Site"]:
    """A hotline that announces, compresses, seals, and keeps recordings in S3."""
    state = tmp_path_factory.mktemp("sealed")
    add_key(state / "keys")
    settings = {
        "ANNOUNCE": "true", "COMPRESSION": "opus", "KEYS_FILE": str(state / "keys"), "STORAGE": "s3://hotline/talks",
        "STORAGE_ENDPOINT": s3, "STORAGE_KEY": "k", "STORAGE_SECRET": "s",
    }  # fmt: skip
    with beside(state, _PRIVATE, **{f"HOTLINE_RECORDINGS__{key}": value for key, value in settings.items()}) as site:
        yield site


@pytest.fixture(scope="module")
def full_site(tmp_path_factory: pytest.TempPathFactory, beside: Beside) -> Iterator["Site"]:
    """A hotline that wants more of its disk to be free than there is."""
    with beside(tmp_path_factory.mktemp("full"), "", HOTLINE_RECORDINGS__KEEP_FREE_MB="1000000000") as site:
        yield site


@contextlib.asynccontextmanager
async def phones_of(site: "Site", kind: type["Phones"]) -> AsyncIterator["Phones"]:
    """Telephones at another hotline."""
    media = MediaEngine("127.0.0.1")
    phones = kind(site, media)
    await phones.agent.start()
    try:
        yield phones
    finally:
        await phones.close()
        await media.close()


async def test_a_talk_is_announced_and_kept_sealed_in_s3_and_can_be_heard_and_verified(
    sealed_site: "Site", phones: "Phones", tmp_path: Path
) -> None:
    site = sealed_site
    async with phones_of(site, type(phones)) as here:
        await here.seat("1001", "2001", tone=700)
        caller = await here.ask_for_a_person("13809100001", tone=2300)
        await caller.hear_prompt(site.system_sound("recording_notice"), 15)
        await caller.hear_tone(700, 15)
        await asyncio.sleep(2)
        await caller.hang_up()
        call = await site.recorded_call_of("13809100001")
    assert call.recording.endswith(".opus.sealed")
    assert not list((site.state / "recordings").rglob("*.sealed")), "it is in the folder, not in S3"
    assert not list((site.state / "recordings" / "capture").rglob("*.raw"))
    (row,) = await site.hotline("recordings", "list", "--number", "13809100001")
    assert (row["call"], row["flags"], row["agents"]) == (call.id, [], ["2001"])
    await site.hotline("recordings", "play", call.id, "--to", str(tmp_path / "talk.wav"))
    samples, rate = soundfile.read(tmp_path / "talk.wav", dtype="int16", always_2d=True)
    tones = [700, 2300]
    assert [spectrum.heard_tones(samples[:, side].copy(), tones) for side in (0, 1)] == [{2300}, {700}]
    assert len(samples) / rate == pytest.approx(call.talking_s, abs=0.7)
    assert (await site.hotline("recordings", "verify"))["ok"]


async def test_talks_of_a_queue_that_does_not_record_are_neither_recorded_nor_announced(
    sealed_site: "Site", phones: "Phones"
) -> None:
    site = sealed_site
    await site.add_flow("private", _FLOW)
    async with phones_of(site, type(phones)) as here:
        await here.seat("1002", "2002", tone=900)
        caller = await here.call("13809100002", to="12399", tone=2500)
        await caller.hear_tone(900, 15)
        await asyncio.sleep(1)
        await caller.hang_up()
        call = await site.call_of("13809100002")
    kinds = [entry.kind for entry in call.timeline]
    assert call.outcome == "answered"
    assert "RecordingStarted" not in kinds
    assert [entry.data["reason"] for entry in call.timeline if entry.kind == "RecordingRefused"] == ["policy"]
    arrived, queued = (next(e.at for e in call.timeline if e.kind == kind) for kind in ("CallArrived", "Queued"))
    assert queued - arrived < 1.5, "the caller was told of a recording that is not made"
    assert await site.hotline("recordings", "list", "--call", call.id) == []


async def test_on_a_full_disk_calls_go_on_unrecorded_with_an_alarm(full_site: "Site", phones: "Phones") -> None:
    site = full_site
    async with phones_of(site, type(phones)) as here:
        await here.seat("1001", "2001", tone=700)
        caller = await here.ask_for_a_person("13809100003", tone=2300)
        await caller.hear_tone(700, 15)
        await asyncio.sleep(1)
        await caller.hang_up()
        call = await site.call_of("13809100003")
    assert call.outcome == "answered"
    assert [entry.data["reason"] for entry in call.timeline if entry.kind == "RecordingRefused"] == ["disk"]
    assert "recording_disk_full" in site.log()
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{site.ports['http']}/metrics") as page,
    ):
        metrics = await page.text()
    assert 'hotline_recordings_refused_total{reason="disk"} 1.0' in metrics
    assert 'hotline_recording_disk_level{level="full"} 1.0' in metrics
