"""Levels, silence and file formats of prompts, and the written text made fit for speaking."""

import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from calls import Language
from ivr.speech import audio
from ivr.speech.normalise import expected_seconds, spoken_form

ZH, EN = Language.ZH, Language.EN
RATE = 22050


def tone(seconds: float, amplitude: float, rate: int = RATE) -> audio.Samples:
    return (amplitude * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def test_silence_around_speech_is_trimmed_and_pauses_within_are_kept() -> None:
    gap = audio.silence(0.5, RATE)
    samples = np.concatenate([gap, tone(0.3, 0.2), gap, tone(0.3, 0.2), gap])
    assert len(audio.trim(samples, RATE)) / RATE == pytest.approx(1.1 + 0.065, abs=0.02)


def test_nothing_is_left_of_mere_silence() -> None:
    assert len(audio.trim(audio.silence(1.0, RATE), RATE)) == 0


def test_both_files_are_plain_wav_as_asterisk_wants_them(tmp_path: Path) -> None:
    audio.write_pair(tone(0.5, 0.1), RATE, tmp_path / "p")
    for suffix, rate in ((".wav", 8000), (".wav16", 16000)):
        data = (tmp_path / f"p{suffix}").read_bytes()
        assert data[36:40] == b"data"
        assert len(data) == 44 + rate  # half a second of two-byte samples
        with wave.open(str(tmp_path / f"p{suffix}")) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, rate)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.wav", "p.wav16"]


def test_stereo_is_mixed_down_and_no_sound_is_a_value_error(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "s.wav", np.stack([tone(0.1, 0.4), 0 * tone(0.1, 0.4)], axis=1), RATE)
    samples, rate = audio.load(tmp_path / "s.wav")
    assert rate == RATE
    assert float(np.abs(samples).max()) == pytest.approx(0.2, abs=0.01)
    (tmp_path / "bad.wav").write_text("not a sound")
    with pytest.raises(ValueError, match=r"bad\.wav"):
        audio.load(tmp_path / "bad.wav")


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (ZH, "欢迎致电12345热线。", "欢迎致电一二三四五热线。"),
        (ZH, "请拨打110", "请拨打幺幺零"),
        (ZH, "电话是13800138000。", "电话是幺三八零零幺三八零零零。"),
        (ZH, "请按1", "请按1"),
        (ZH, "共1200元", "共1200元"),
        (ZH, "重听请按井号键", "虫听请按井号键"),
        (EN, "The 12345 hotline", "The one two three four five hotline"),
        (EN, "call 911 now", "call nine one one now"),
        (EN, "It costs 12,345.50 yuan in 2026", "It costs 12,345.50 yuan in 2026"),
        (EN, " two\r\n lines\x00 ", "two lines"),
    ],
)
def test_text_is_made_fit_for_speaking(language: Language, written: str, spoken: str) -> None:
    assert spoken_form(written, language) == spoken


def test_there_is_nothing_to_say_in_punctuation() -> None:
    assert expected_seconds("，。!? …") == (0.0, 0.0)
    least, most = expected_seconds("您好 hello 5")
    assert 0 < least < most
