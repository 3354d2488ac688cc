"""All prompts are equally loud, whoever spoke them; no peak is above the limit; nothing pumps."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls import Language
from ivr.speech import PromptStore, Pyttsx3Engine, audio
from ivr.speech.loudness import TARGET_DBFS, Samples, active_level, dbfs, heard_level, level, true_peak

ZH, EN = Language.ZH, Language.EN
RATE = 16000


def tone(seconds: float, amplitude: float, frequency: float = 440.0) -> Samples:
    return (amplitude * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def speechlike(seed: int, seconds: float, amplitude: float) -> Samples:
    """Noise in syllables of a quarter of a second, its peaks some 18 dB above its level, as those of voices are."""
    random = np.random.default_rng(seed)
    noise = random.laplace(0, amplitude / np.sqrt(2), int(seconds * RATE)).clip(-6 * amplitude, 6 * amplitude)
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(len(noise)) / RATE)
    return (noise * syllables).astype(np.float32)


def between_the_samples(samples: Samples) -> float:
    """The true peak, found another way: the spectrum padded to eight times the rate."""
    padded = np.concatenate([np.zeros(512), samples, np.zeros(512 + (-len(samples)) % 2)])
    spectrum = np.fft.rfft(padded)
    fine = np.fft.irfft(spectrum, 8 * len(padded)) * 8
    return dbfs(float(np.abs(fine).max()))


def test_a_steady_tone_has_the_level_of_its_rms() -> None:
    assert active_level(tone(5, 0.1), RATE) == pytest.approx(20 * np.log10(0.1 / np.sqrt(2)), abs=0.2)


def test_pauses_do_not_count_but_short_gaps_do() -> None:
    talk = tone(2, 0.1)
    with_pause = np.concatenate([talk, audio.silence(4, RATE), talk])
    assert active_level(with_pause, RATE) == pytest.approx(active_level(talk, RATE), abs=0.7)  # 0.2 s of hangover count


def test_silence_is_far_down_and_stays_silence() -> None:
    silent = audio.silence(1, RATE)
    assert active_level(silent, RATE) == -120
    assert active_level(silent[:0], RATE) == -120
    assert not level(silent, RATE).any()
    assert true_peak(silent[:0], RATE) == -120


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.sampled_from([0.25, 0.4, 1.0, 4.0]), st.floats(-50, -8))
def test_short_and_long_soft_and_loud_all_come_out_at_one_level_below_the_peak_limit(
    seed: int, seconds: float, loudness: float
) -> None:
    levelled = level(speechlike(seed, seconds, 10 ** (loudness / 20)), RATE)
    assert heard_level(levelled, RATE) == pytest.approx(TARGET_DBFS, abs=1)
    assert between_the_samples(levelled) < -1.0


def test_a_single_bang_is_bent_and_does_not_make_the_rest_softer() -> None:
    samples = tone(2, 0.05)
    samples[5000:5010] = 0.5
    levelled = level(samples, RATE)
    assert between_the_samples(levelled) < -1.0
    assert active_level(levelled[8000:], RATE) == pytest.approx(TARGET_DBFS, abs=1)


def test_the_gain_is_the_same_from_beginning_to_end() -> None:
    whisper_and_shout = np.concatenate([tone(1, 0.01), tone(1, 0.2), tone(1, 0.01)])
    heard = np.abs(whisper_and_shout) > 1e-3
    gains = level(whisper_and_shout, RATE)[heard] / whisper_and_shout[heard]
    assert float(gains.max() - gains.min()) < 0.01 * float(gains.mean())


async def test_voice_and_recordings_in_both_languages_are_equally_loud_in_the_files_that_callers_hear(
    tmp_path: Path,
) -> None:
    recordings = tmp_path / "recordings" / "zh"
    recordings.mkdir(parents=True)
    audio.write_wav(speechlike(1, 3, 0.002), RATE, recordings / "soft.wav")
    audio.write_wav(np.clip(speechlike(2, 3, 0.25), -1, 1), RATE, recordings / "loud.wav")
    store = PromptStore(tmp_path / "cache", tmp_path / "recordings", Pyttsx3Engine(tmp_path / "espeak"))
    items = [
        ("soft", ZH, "软"), ("loud", ZH, "响"), ("d", ZH, "八"), ("n", EN, "eight"), ("t", EN, "ten"),
        ("greeting", ZH, "您好，这里是12345政务服务便民热线。人工服务请按1，自助服务请按2。"),
        ("greeting", EN, "Welcome to the 12345 government hotline. For an agent, press 1."),
        ("wait", ZH, "请稍候{pause|1}马上就好。"),
    ]  # fmt: skip
    report = await store.prepare(items)
    assert report.failed == []
    for item in items:
        sound = store.find(*item)
        assert sound is not None
        for suffix in (".wav", ".wav16"):
            samples, rate = audio.load(Path(f"{sound.path}{suffix}"))
            assert heard_level(samples, rate) == pytest.approx(TARGET_DBFS, abs=1.0), item
            assert between_the_samples(samples) < -1.0, item
