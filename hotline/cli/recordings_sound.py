"""``hotline recordings play``, ``new-key`` and ``reseal``."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import soundfile

from hotline.cli import recordings, show
from hotline.cli.supervise import user
from hotline.recording_parts import keys_of, storage_of
from hotline.settings import Settings
from recorder import Keys, SealError, Storage, StorageError
from recorder.beside import BESIDE
from recorder.capture import RATE, Samples
from recorder.encoding import SUFFIXES, encode
from recorder.reading import content
from recorder.sealing import SEALED, add_key, key_name, renew
from tickets import RecordingRecord, RecordingUse


def play(settings: Settings, call: str, to: Path | None, which: int, *, as_json: bool) -> None:
    """Write a recording to a file, or say where it lies; who does so is written down first."""
    found = [one for one in recordings.of_call(settings, call) if one.size]
    if which > len(found):
        show.fail(f"the call {call} has {len(found)} recording(s) with a file", show.EXIT_FAILED)
    _play(settings, found[which - 1], to, as_json=as_json)


def play_path(settings: Settings, call: str, path: str, to: Path | None, *, as_json: bool) -> None:
    """The same for the one of a call's recordings that lies at ``path``."""
    found = next((one for one in recordings.of_call(settings, call) if one.path == path and one.size), None)
    if found is None:
        show.fail(f"there is no sound at {path}", show.EXIT_FAILED)
    _play(settings, found, to, as_json=as_json)


def _play(settings: Settings, one: RecordingRecord, to: Path | None, *, as_json: bool) -> None:
    if to is not None and to.suffix not in SUFFIXES.values():
        show.fail(f"--to: write a name that ends on {', '.join(SUFFIXES.values())}", show.EXIT_MISTAKE)
    use = RecordingUse(at=time.time(), by=user(), action="play", call_id=one.call, path=one.path, detail=str(to or ""))
    recordings.asked(settings, lambda books: books.note(use))
    try:
        file = _written(settings, one, to) if to is not None else _place(settings, one)
    except FileNotFoundError:
        show.fail(f"{one.path} is not in the store: `hotline recordings verify --call {one.call}`", show.EXIT_FAILED)
    except (StorageError, SealError, OSError) as error:
        show.fail(str(error), show.EXIT_FAILED)
    if as_json:
        show.give_json({**one.model_dump(mode="json"), "file": str(file)})
    else:
        show.console().print(str(file), markup=False)


def new_key(settings: Settings, *, as_json: bool) -> None:
    """Put a new key first in the keys file."""
    file = settings.recordings.keys_file
    if file is None:
        show.fail("recordings.keys_file is not set: say in the settings where the keys are to lie", show.EXIT_MISTAKE)
    try:
        name = add_key(file)
    except SealError as error:
        show.fail(str(error), show.EXIT_FAILED)
    if as_json:
        show.give_json({"key": name, "file": str(file)})
    else:
        show.console().print(f"{name} seals from the next start of the service on ({file})", markup=False)


def reseal(settings: Settings, *, as_json: bool) -> None:
    """Give every sealed file the current key; leave with 1 when one cannot be."""
    done: list[str] = []
    wrong: list[tuple[str, str]] = []
    try:
        keys, storage = keys_of(settings), storage_of(settings)
        if keys is None:
            show.fail("recordings.keys_file is not set: nothing is sealed", show.EXIT_MISTAKE)
        for path, _ in list(storage.files()):
            if not path.removesuffix(BESIDE).endswith(SEALED):
                continue
            try:
                if _resealed(storage, path, keys):
                    done.append(path)
            except SealError as error:
                wrong.append((path, str(error)))
    except (StorageError, SealError, OSError) as error:
        show.fail(str(error), show.EXIT_FAILED)
    if as_json:
        show.give_json({"key": keys.current, "resealed": done, "failed": dict(wrong)})
    else:
        show.table("", ("file", "not resealed"), wrong, empty=f"{len(done)} files have the key {keys.current} now.")
    if wrong:
        raise SystemExit(show.EXIT_FAILED)


def _resealed(storage: Storage, path: str, keys: Keys) -> bool:
    with storage.open(path) as file:
        if key_name(file) == keys.current:
            return False
    with tempfile.TemporaryDirectory() as folder, storage.open(path) as file:
        target = Path(folder) / "resealed"
        renew(file, target, keys)
        storage.put(target, path)
    return True


def _place(settings: Settings, one: RecordingRecord) -> Path:
    storage = storage_of(settings)
    if one.path.endswith(SEALED) or not storage.is_local:
        raise StorageError(f"{one.path} is sealed or not on this machine: write it to a file by --to FILE")
    if storage.size(one.path) is None:
        raise FileNotFoundError(one.path)
    return storage.local(one.path)


def _written(settings: Settings, one: RecordingRecord, to: Path) -> Path:
    """Write a recording, in the form that the name asks for."""
    plain = to.with_name(f".{to.name}.part")
    try:
        with plain.open("wb") as out:
            out.writelines(content(storage_of(settings), one.path, keys_of(settings)))
        if to.suffix == PurePosixPath(one.path.removesuffix(SEALED)).suffix:
            plain.replace(to)
        else:
            with soundfile.SoundFile(plain) as sound:
                encode(_blocks(sound), sound.channels, to, to.suffix)
    finally:
        plain.unlink(missing_ok=True)
    return to


def _blocks(sound: soundfile.SoundFile) -> Iterator[Samples]:
    yield from sound.blocks(RATE * 10, dtype="int16", always_2d=True)
