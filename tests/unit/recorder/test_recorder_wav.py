"""WAV files that we write are those that libsndfile writes."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from recorder.encoding import encode
from recorder.wav import inspect, write_wav


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frames", [0, 1, 8000, 8001])
def test_a_file_is_byte_for_byte_what_libsndfile_makes_of_the_samples(
    tmp_path: Path, channels: int, frames: int
) -> None:
    samples = np.random.default_rng(1).integers(-32768, 32767, (frames, channels), np.int16, endpoint=True)
    made = tmp_path / "made.wav"
    encode([samples[:700], samples[700:]], channels, made, ".wav")
    expected = io.BytesIO()
    soundfile.write(expected, samples, 8000, format="WAV", subtype="PCM_16")
    assert made.read_bytes() == expected.getvalue()
    if frames:
        assert inspect(made).finished


def test_samples_that_do_not_lie_side_by_side_are_written_in_order(tmp_path: Path) -> None:
    samples = np.arange(40, dtype=np.int16).reshape(20, 2)
    write_wav([samples[::2]], 2, 8000, tmp_path / "made.wav")
    read, _ = soundfile.read(tmp_path / "made.wav", dtype="int16")
    assert np.array_equal(read, samples[::2])
