"""A service killed between any two steps of finishing a recording: the next one finishes it, once, and tidies up."""

import asyncio
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from calls import timeline as t
from calls.call import Outcome
from calls.clock import SystemClock
from calls.identity import AgentId, CallId, SeatId
from recorder import Finisher, Keys, Recorder, RecordingFolder, Storage
from recorder.finishing import Step
from recorder.leftovers import clear
from recorder.reading import content
from recorder.sealing import add_key
from simulator.media.sounds import tone
from tickets import Journal, Reader, RecordingStore, Store, WantedRecordings, migrate

CALL = CallId("a1-1795763277.2")
ENDED = 1_795_763_340.0


async def serve(home: Path, suffix: str, killed_after: Step | None = None) -> None:
    """One life of a service: take up what is pending, finish it, stop; or be killed after a step."""
    store = Store(f"sqlite+aiosqlite:///{home / 'hotline.db'}")
    folder = RecordingFolder(home / "recordings", None, suffix)

    def die(step: Step) -> None:
        if step is killed_after:
            os._exit(9)

    await migrate.upgrade(store)
    async with Journal(store, spool=home / "spool.jsonl", clock=SystemClock()) as journal:
        begun = await journal.pending_recordings()
        await clear(folder, [one.path for one in begun], RecordingStore(store).stored)
        finisher = Finisher(folder, Storage(str(folder.root)), Keys.load(home / "keys"), after=die)
        recorder = Recorder(
            folder, finisher, journal, SystemClock(), events_of=Reader(store).events, safe=journal.flush,
            look_every_s=0.01, settle_s=0.05, deadline_s=1.0,
        )  # fmt: skip
        await recorder.start(begun)
        await recorder.drain()
        await recorder.close()
    await store.close()


async def talk(home: Path, suffix: str) -> str:
    """A talk of ten seconds that nobody has looked after yet; return its path."""
    store = Store(f"sqlite+aiosqlite:///{home / 'hotline.db'}")
    place = RecordingFolder(home / "recordings", None, suffix).new_talk(CALL, ENDED - 10)
    place.absolute.write_bytes(np.stack([tone(440, 10), tone(1000, 10)], axis=1).astype("<i2").tobytes())
    await migrate.upgrade(store)
    async with Journal(store, spool=home / "spool.jsonl", clock=SystemClock()) as journal:
        at = ENDED - 10
        for event in (
            t.CallArrived(
                call=CALL, at=at - 5, caller="138", caller_name="", dialled="12345", node="a1", unique_id="1"
            ),
            t.Connected(call=CALL, at=at, agent=AgentId("2001"), seat=SeatId("1001")),
            t.RecordingStarted(call=CALL, at=at, path=place.relative),
            t.TalkEnded(call=CALL, at=ENDED, agent=AgentId("2001"), by="caller"),
            t.CallEnded(call=CALL, at=ENDED, outcome=Outcome.ANSWERED),
        ):
            journal.append(event)
        await journal.settled()
    await store.close()
    return place.relative


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("suffix", [".wav", ".opus.sealed"])
async def test_a_service_killed_after_any_step_leaves_a_recording_that_is_finished_once(
    tmp_path: Path, step: Step, suffix: str
) -> None:
    add_key(tmp_path / "keys")
    path = await talk(tmp_path, suffix)
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, __file__, str(tmp_path), suffix, step], check=False, capture_output=True
    )
    expected = 0 if step is Step.SEALED and suffix == ".wav" else 9  # that step is left out
    assert killed.returncode == expected, killed.stderr.decode()
    await serve(tmp_path, suffix)

    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}")
    (row,) = await RecordingStore(store).find(WantedRecordings())
    call = await Reader(store).call(CALL)
    await store.close()
    assert call is not None
    assert [entry.kind for entry in call.timeline].count("RecordingStored") == 1
    assert (row.path, row.flags, row.expected_s) == (path, [], 10.0)
    root = tmp_path / "recordings"
    told = b"".join(content(Storage(str(root)), path, Keys.load(tmp_path / "keys")))
    assert (hashlib.sha256(told).hexdigest(), len(told)) == (row.sha256, row.size)
    (tmp_path / "heard").write_bytes(told)
    samples, _ = soundfile.read(tmp_path / "heard", always_2d=True)
    assert samples.shape == (80_000, 2)
    left = sorted(file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file())
    assert left == [path, f"{path}.json"], "something half made, or a capture, is left"


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], Step(sys.argv[3])))
