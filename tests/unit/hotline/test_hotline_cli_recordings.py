"""Recordings are found, checked, heard, kept and deleted from the command line, and what is done is written down."""

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from calls import timeline as t
from calls.call import Outcome
from calls.clock import SystemClock
from calls.identity import AgentId, CallId, SeatId
from hotline.cli.app import app
from hotline.recording_parts import folder_of, keys_of, storage_of
from hotline.settings import Settings
from recorder import Finisher, Recorder
from simulator.media.sounds import tone
from tickets import Journal, Reader, Store, migrate

DAY_S = 86_400.0
KEYS = "keys"


@dataclass
class House:
    """A hotline's state, without a running service."""

    state: Path

    def settings(self) -> Settings:
        return Settings(state_dir=self.state, recordings={"compression": "opus", "keys_file": self.state / KEYS})  # type: ignore[arg-type]

    def hotline(self, *words: str, code: int = 0) -> Any:
        """Give a command; return what it tells as JSON, or what it says is wrong."""
        environment = {
            "HOTLINE_STATE_DIR": str(self.state), "HOTLINE_RECORDINGS__COMPRESSION": "opus",
            "HOTLINE_RECORDINGS__KEYS_FILE": str(self.state / KEYS), "SUDO_USER": "zhang",
        }  # fmt: skip
        done = CliRunner().invoke(app, ["recordings", *words, "--json"], env=environment)
        assert done.exit_code == code, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout else done.stderr

    def add(self, call: str, *, agent: str, caller: str, days_ago: float = 0.0) -> str:
        """Have a finished recording of a talk of three seconds; return its path."""
        return asyncio.run(self._add(CallId(call), AgentId(agent), caller, time.time() - days_ago * DAY_S))

    async def _add(self, call: CallId, agent: AgentId, caller: str, at: float) -> str:
        settings = self.settings()
        store, folder = Store(settings.store_url), folder_of(settings)
        await migrate.upgrade(store)
        place = folder.new_talk(call, at)
        place.absolute.write_bytes(np.stack([tone(440, 3), tone(1000, 3)], axis=1).astype("<i2").tobytes())
        async with Journal(store, spool=self.state / "spool", clock=SystemClock()) as journal:
            for event in (
                t.CallArrived(call=call, at=at, caller=caller, caller_name="", dialled="12345", node="a", unique_id=""),
                t.Connected(call=call, at=at, agent=agent, seat=SeatId("1001")),
                t.RecordingStarted(call=call, at=at, path=place.relative),
                t.CallEnded(call=call, at=at + 3, outcome=Outcome.ANSWERED),
            ):
                journal.append(event)
            await journal.settled()
            finisher = Finisher(folder, storage_of(settings), keys_of(settings))
            recorder = Recorder(folder, finisher, journal, SystemClock(), events_of=Reader(store).events,
                                safe=journal.flush, settle_s=0.02, look_every_s=0.01)  # fmt: skip
            async with recorder:
                recorder.talk_ended(call, place.relative)
                await recorder.drain()
        await store.close()
        return place.relative

    def file(self, path: str) -> Path:
        return self.state / "recordings" / path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("house"))
    assert house.hotline("new-key")["key"] == "k1"
    house.add("c-1", agent="2001", caller="13800000001")
    house.add("c-2", agent="2002", caller="13800000002", days_ago=2)
    return house


Found = Callable[..., list[str]]


@pytest.fixture
def found(house: House) -> Found:
    return lambda *words: [row["call"] for row in house.hotline("list", *words)]


def test_recordings_are_found_by_call_ticket_agent_time_and_number(house: House, found: Found) -> None:
    (latest, older) = house.hotline("list")
    assert (latest["call"], older["call"]) == ("c-1", "c-2")
    assert (latest["flags"], latest["held"], latest["kind"]) == ([], False, "talk")
    assert found("--call", "c-2") == ["c-2"]
    assert found("--ticket", older["ticket"]) == ["c-2"]
    assert found("--agent", "2001") == ["c-1"]
    assert found("--agent", "200") == []
    assert found("--number", "13800000002") == ["c-2"]
    assert found("--since", "1d") == ["c-1"]
    assert found("--until", "1d") == ["c-2"]
    assert found("--kind", "message") == found("--flagged") == found("--deleted") == []
    assert "there is no 'fax'" in house.hotline("list", "--kind", "fax", code=2)
    assert "--since" in house.hotline("list", "--since", "soon", code=2)


def test_a_recording_is_heard_unsealed_and_who_did_so_is_written_down(house: House, tmp_path: Path) -> None:
    (row,) = house.hotline("list", "--call", "c-1")
    assert row["path"].endswith(".opus.sealed")
    told = house.hotline("play", "c-1", "--to", str(tmp_path / "talk.opus"))
    assert hashlib.sha256((tmp_path / "talk.opus").read_bytes()).hexdigest() == told["sha256"] == row["sha256"]
    house.hotline("play", "c-1", "--to", str(tmp_path / "talk.wav"))
    samples, rate = soundfile.read(tmp_path / "talk.wav", always_2d=True)
    assert (rate, samples.shape[1]) == (8000, 2)
    assert len(samples) == pytest.approx(24_000, abs=400)
    assert "--to FILE" in house.hotline("play", "c-1", code=1)
    assert "name that ends on" in house.hotline("play", "c-1", "--to", "talk.exe", code=2)
    assert "no recording" in house.hotline("play", "nobody", code=1)
    shown = house.hotline("show", "c-1")
    assert [(use["by"], use["action"]) for use in shown["uses"][:2]] == [("zhang", "play")] * 2
    contents = shown["recordings"][0]["contents"]
    assert contents["parts"] == [
        {"from_s": 0.0, "to_s": pytest.approx(3, abs=0.01), "parties": ["caller", "agent:2001"], "what": "talk"}
    ]
    assert [channel["name"] for channel in contents["channels"]] == ["caller", "agent"]


def test_verify_finds_what_is_missing_damaged_orphaned_and_without_a_row(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hotline("new-key")
    good, damaged, missing = (house.add(call, agent="2001", caller="") for call in ("good", "damaged", "missing"))
    assert house.hotline("verify") == {"checked": 3, "ok": True, "findings": []}
    data = bytearray(house.file(damaged).read_bytes())
    data[-20] ^= 1
    house.file(damaged).write_bytes(data)
    house.file(missing).unlink()
    stray = house.file(good).with_name("stray.wav")
    stray.write_bytes(b"x")
    capture = house.state / "recordings" / "capture" / "2026" / "old.raw"
    capture.parent.mkdir(parents=True, exist_ok=True)
    capture.write_bytes(b"x")
    new = capture.with_name("new.raw")
    new.write_bytes(b"x")
    hours_ago = time.time() - 7200
    os.utime(capture, (hours_ago, hours_ago))
    told = house.hotline("verify", code=1)
    found = {(one["fault"], one["call"], Path(one["path"]).name) for one in told["findings"]}
    assert found == {
        ("damaged", "damaged", Path(damaged).name), ("missing", "missing", Path(missing).name),
        ("orphaned", "", Path(missing).name + ".json"), ("without_row", "", "stray.wav"), ("orphaned", "", "old.raw"),
    }  # fmt: skip
    assert house.hotline("verify", "--call", "good")["ok"]


def test_purge_deletes_what_is_old_enough_and_not_held_after_a_dry_run_that_deletes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hotline("new-key")
    old, held, new = (
        house.add(call, agent="2001", caller="", days_ago=days)
        for call, days in (("old", 40), ("held", 50), ("new", 1))
    )
    assert house.hotline("purge")["recordings"] == [], "nothing is to be deleted unless somebody says so"
    assert house.hotline("hold", "held", "--reason", "case 17") == {"call": "held", "held": True, "changed": True}
    assert not house.hotline("hold", "held")["changed"]
    would = house.hotline("purge", "--talks-days", "30", "--dry-run")
    assert [one["path"] for one in would["recordings"]] == [old]
    assert house.file(old).exists()
    assert [one["call"] for one in house.hotline("purge", "--talks-days", "30")["recordings"]] == ["old"]
    assert not house.file(old).exists()
    assert not house.file(old + ".json").exists()
    assert house.file(held).exists()
    assert house.file(new).exists()
    assert [one["call"] for one in house.hotline("list", "--deleted")] == ["old"]
    assert [use["action"] for use in house.hotline("show", "old")["uses"]] == ["delete"]
    assert house.hotline("release", "held", "--reason", "closed")["held"] is False
    assert "not on hold" in house.hotline("release", "held", code=1)
    assert [one["call"] for one in house.hotline("purge", "--talks-days", "30")["recordings"]] == ["held"]
    actions = [(use["action"], use["by"], use["detail"]) for use in house.hotline("show", "held")["uses"]]
    assert [action for action, _, _ in actions] == ["delete", "release", "hold"]
    assert actions[-1] == ("hold", "zhang", "case 17")
    assert house.hotline("verify")["ok"]
    house.file(old).parent.mkdir(parents=True, exist_ok=True)
    house.file(old).write_bytes(b"what a purge that was killed leaves")
    assert house.hotline("verify", code=1)["findings"][0]["fault"] == "undeleted"
    assert house.hotline("purge")["left_behind"] == [old]
    assert "no call nobody" in house.hotline("hold", "nobody", code=1)


def test_after_a_new_key_and_resealing_the_old_key_is_needed_no_more(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.hotline("new-key")
    house.add("c-1", agent="2001", caller="")
    assert house.hotline("new-key")["key"] == "k2"
    assert len(house.hotline("reseal")["resealed"]) == 2, "the recording, and what lies beside it"
    assert house.hotline("reseal")["resealed"] == []
    lines = (house.state / KEYS).read_text().splitlines()
    (house.state / KEYS).write_text(lines[0] + "\n")
    assert house.hotline("verify") == {"checked": 1, "ok": True, "findings": []}
    (house.state / KEYS).write_text(lines[1] + "\n")
    assert house.hotline("verify", code=1)["findings"][0]["fault"] == "unreadable"
