"""What is taken for a prompt's recording, and what is not, and what people are told then."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from ivr.speech.intake import Fault, Unfit, take_in
from ivr.speech.loudness import TARGET_DBFS, heard_level

TEXT = "您好，这里是热线。"


def voice(seconds: float, amplitude: float = 0.1, rate: int = 16000) -> np.ndarray:
    random = np.random.default_rng(7)
    return amplitude * random.standard_normal(int(seconds * rate)).clip(-3, 3) / 3


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "take.wav"


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3", "aiff"])
@pytest.mark.parametrize("rate", [8000, 44100])
def test_common_sound_files_are_taken_in_stereo_too(tmp_path: Path, kind: str, rate: int) -> None:
    path = tmp_path / f"take.{kind}"
    soundfile.write(path, np.stack([voice(2, rate=rate)] * 2, axis=1), rate)
    taken = take_in(path, TEXT)
    assert taken.seconds == pytest.approx(2, abs=0.15)  # MP3 pads
    assert heard_level(taken.samples, taken.rate) == pytest.approx(TARGET_DBFS, abs=0.5)


def fault(path: Path, text: str = TEXT) -> Fault:
    with pytest.raises(Unfit) as told:
        take_in(path, text)
    assert len(str(told.value)) > 20
    return told.value.fault


def test_what_is_no_sound_is_told(file: Path, tmp_path: Path) -> None:
    file.write_text("scribble")
    assert fault(file) is Fault.UNREADABLE
    assert fault(tmp_path / "gone.wav") is Fault.UNREADABLE
    assert fault(tmp_path) is Fault.UNREADABLE
    file.write_bytes(b"")
    assert fault(file) is Fault.UNREADABLE
    soundfile.write(file, np.full(16000, np.nan), 16000, subtype="FLOAT")
    assert fault(file) is Fault.UNREADABLE


def test_silence_and_hum_without_a_voice_are_refused(file: Path) -> None:
    soundfile.write(file, np.zeros(32000), 16000)
    assert fault(file) is Fault.SILENT
    soundfile.write(file, voice(2, 0.0005), 16000)
    assert fault(file) is Fault.SILENT
    soundfile.write(file, np.full(32000, 0.5), 16000)  # a broken cable: direct current
    assert fault(file) is Fault.SILENT


def test_an_overdriven_take_is_refused_and_a_loud_one_is_not(file: Path) -> None:
    soundfile.write(file, (voice(2, 3.0)).clip(-1, 1), 16000)
    assert fault(file) is Fault.CLIPPED
    soundfile.write(file, (voice(2, 3.0)).clip(-1, 1) * 0.3, 16000)  # turned down afterwards: still cut off
    assert fault(file) is Fault.CLIPPED
    soundfile.write(file, voice(2, 0.99), 16000)
    take_in(file, TEXT)


def test_a_take_that_cannot_be_the_text_is_refused_unless_one_insists(file: Path) -> None:
    soundfile.write(file, voice(0.3), 16000)
    assert fault(file) is Fault.TOO_SHORT
    assert take_in(file, TEXT, any_length=True).seconds == pytest.approx(0.3, abs=0.05)
    soundfile.write(file, voice(40), 16000)
    assert fault(file) is Fault.TOO_LONG
    soundfile.write(file, voice(0.05), 16000)
    with pytest.raises(Unfit):
        take_in(file, TEXT, any_length=True)


def test_a_rate_below_the_telephones_is_refused(file: Path) -> None:
    soundfile.write(file, voice(2, rate=4000), 4000)
    assert fault(file) is Fault.LOW_RATE


def test_silence_around_the_voice_does_not_count(file: Path) -> None:
    quiet = np.zeros(32000)
    soundfile.write(file, np.concatenate([quiet, voice(2), quiet]), 16000)
    assert take_in(file, TEXT).seconds == pytest.approx(2, abs=0.1)
