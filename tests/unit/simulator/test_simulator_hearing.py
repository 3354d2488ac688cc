"""Ears: tones, energy, prompts, and figures on RTP."""

import asyncio
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.load_profile import CALLER_TONES, SEAT_TONES
from simulator.media import spectrum
from simulator.media.digits import DigitListener, DigitSender
from simulator.media.ears import Ears
from simulator.media.g711 import FRAME, RATE, Codec, decode, encode
from simulator.media.prompts import LEAST, Reference, parts
from simulator.media.rtp import Packet, ReceiveStats, pack, unpack
from simulator.media.sounds import load, save, tone

TONES = SEAT_TONES + CALLER_TONES


def through_a_telephone(samples: np.ndarray) -> np.ndarray:
    return decode(Codec.PCMU, encode(Codec.PCMU, decode(Codec.PCMA, encode(Codec.PCMA, samples))))


def music(seed: int, seconds: float = 4.0) -> np.ndarray:
    """Notes of equal temperament with overtones, four a second."""
    generator = np.random.default_rng(seed)
    time_axis = np.arange(RATE // 4) / RATE
    notes = [262 * 2 ** (step / 12) for step in generator.integers(0, 30, int(seconds * 4))]
    parts = [sum(np.sin(2 * np.pi * note * k * time_axis) / k for k in range(1, 6)) for note in notes]
    return (np.concatenate(parts) * 5000).astype(np.int16)


def babble(seed: int, seconds: float) -> np.ndarray:
    """Something like speech: a buzz whose pitch and formants wander, in syllables."""
    generator = np.random.default_rng(seed)
    pieces = []
    while sum(map(len, pieces)) < seconds * RATE:
        size = int(generator.uniform(0.08, 0.25) * RATE)
        pitch = np.cumsum(generator.uniform(90, 220) * np.linspace(1, generator.uniform(0.8, 1.2), size)) / RATE
        formants = generator.uniform(300, 3000, 3)
        sound = sum(np.sin(2 * np.pi * k * pitch) * np.exp(-(((k * 150 - formants) / 300) ** 2)).sum()
                    for k in range(1, 22))  # fmt: skip
        pieces.append(sound * np.hanning(size) * generator.uniform(1500, 5000))
    return np.clip(np.concatenate(pieces)[: int(seconds * RATE)], -30000, 30000).astype(np.int16)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TONES), st.floats(200, 16000), st.integers(0, 7999), st.integers(0, 10_000))
def test_a_tone_is_heard_as_itself_alone(frequency: int, level: float, shift: int, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, level / 10, RATE)
    samples = np.roll(tone(frequency, 1.0, level), shift) + noise
    heard = through_a_telephone(samples.astype(np.int16))[:4000]
    assert spectrum.heard_tones(heard, TONES) == {frequency}
    assert spectrum.tones_in_window(heard[:800], SEAT_TONES) == {frequency} & set(SEAT_TONES)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(CALLER_TONES[::2] + SEAT_TONES[::2]), min_size=2, max_size=3))
def test_two_or_three_tones_at_once_are_all_heard(mixed: set[int]) -> None:
    samples = sum(tone(frequency, 1.0, 6000).astype(np.int32) for frequency in mixed)
    assert spectrum.heard_tones(through_a_telephone(samples.astype(np.int16)), TONES) == mixed


@pytest.mark.parametrize("seed", range(8))
def test_music_speech_noise_and_silence_are_no_seat_s_tone(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 4000, 2 * RATE).astype(np.int16)
    for sound in (music(seed), babble(seed, 4.0), noise, np.zeros(RATE, np.int16)):
        assert spectrum.heard_tones(sound, SEAT_TONES) == set()


@pytest.mark.parametrize("before", ["silence", "music", "babble", "another tone"])
@pytest.mark.parametrize("at", [0, 160, 333, 1207, 2399])
def test_the_beginning_of_a_tone_is_found_to_some_milliseconds(before: str, at: int) -> None:
    sounds = {"silence": np.zeros(at), "music": music(3)[:at], "babble": babble(5, 1)[:at],
              "another tone": tone(900, 1.0)[:at]}  # fmt: skip
    heard = through_a_telephone(np.concatenate([sounds[before], tone(700, 0.2)]).astype(np.int16))
    began = spectrum.onset(heard, 700)
    assert began is not None
    assert abs(began - at) <= RATE * 0.006


def test_the_beginning_of_a_tone_is_not_guessed_where_it_does_not_sound() -> None:
    assert spectrum.onset(np.zeros(1600, np.int16), 700) is None
    assert spectrum.onset(music(4)[:1600].astype(np.int16), 700) is None
    both = tone(700, 0.2) + tone(900, 0.2)
    assert spectrum.onset(both.astype(np.int16), 700) is None


def test_a_tone_too_short_is_not_heard() -> None:
    blip = np.concatenate([np.zeros(2000, np.int16), tone(1010, 0.12), np.zeros(2000, np.int16)])
    assert spectrum.heard_tones(blip, SEAT_TONES) == set()


@given(st.integers(-32768, 32767), st.sampled_from(list(Codec)))
def test_g711_keeps_a_sample_to_a_few_percent(sample: int, codec: Codec) -> None:
    back = int(decode(codec, encode(codec, np.array([sample], np.int16)))[0])
    assert abs(back - sample) <= max(16, abs(sample) * 0.035)


@pytest.mark.parametrize("codec", list(Codec))
def test_every_g711_code_but_the_two_zeros_comes_back_as_itself(codec: Codec) -> None:
    codes = bytes(range(256))
    assert np.array_equal(decode(codec, encode(codec, decode(codec, codes))), decode(codec, codes))
    if codec is Codec.PCMA:
        assert encode(codec, decode(codec, codes)) == codes
    assert decode(Codec.PCMU, b"\xff\x80\x00").tolist() == [0, 32124, -32124]
    assert decode(Codec.PCMA, b"\xd5\xaa\x2a").tolist() == [8, 32256, -32256]


def test_the_right_prompt_is_recognised_and_no_other(tmp_path) -> None:
    prompts = [babble(seed, 2.5) for seed in range(6)]
    save(tmp_path / "three.wav", prompts[3])
    call = np.concatenate(
        [np.zeros(777, np.int16), prompts[1], music(1, 1.0), prompts[3] // 2, np.zeros(999, np.int16)]
    )
    heard = through_a_telephone(call)
    found = Reference(load(tmp_path / "three.wav")).find(heard)
    assert found.score > LEAST
    assert found.at_s == pytest.approx((777 + 2.5 * RATE + RATE) / RATE, abs=0.02)
    scores = [Reference(prompt).find(heard).score > LEAST for prompt in prompts]
    assert scores == [False, True, False, True, False, False]


def test_a_prompt_cut_short_after_its_beginning_is_still_recognised() -> None:
    prompt = babble(3, 9.0)
    assert Reference(prompt).find(through_a_telephone(prompt[: int(4.2 * RATE)])).score > LEAST
    assert Reference(prompt).find(through_a_telephone(prompt[: 1 * RATE])).score < LEAST


def test_ears_put_packets_in_their_place_whatever_their_order() -> None:
    ears = Ears()
    sound = babble(1, 1.0)
    data = encode(Codec.PCMA, sound)
    packets = [(n, data[n * FRAME : (n + 1) * FRAME]) for n in range(50)]
    packets[10], packets[11] = packets[11], packets[10]
    del packets[30]
    for place, payload in packets:
        ears.take(Codec.PCMA, payload, place * FRAME + 5, 1, ears.started + 2 + place * 0.02)
    recording = ears.audio()
    expected = decode(Codec.PCMA, data).copy()
    expected[30 * FRAME : 31 * FRAME] = 0
    assert np.array_equal(recording.samples, expected)
    assert recording.started == pytest.approx(ears.started + 2)
    part = ears.audio(ears.started + 2.1, ears.started + 2.2).samples
    assert np.array_equal(part, expected[800:1600])


def test_ears_follow_a_jump_of_the_timestamp_by_the_time_of_arrival() -> None:
    ears = Ears()
    payload = encode(Codec.PCMA, tone(500, 0.02))
    ears.take(Codec.PCMA, payload, 100, 1, ears.started + 1.0)
    ears.take(Codec.PCMA, payload, 900_000, 1, ears.started + 1.5)
    ears.take(Codec.PCMA, payload, 7, 2, ears.started + 2.0)
    loud = np.flatnonzero(np.abs(ears.audio().samples) > 4000) / RATE
    assert {round(float(moment), 1) for moment in loud} == {0.0, 0.5, 1.0}


def test_ears_with_a_limit_keep_only_the_last_seconds() -> None:
    ears = Ears(keep_s=1.0)
    for place in range(200):
        ears.take(Codec.PCMA, bytes(FRAME), place * FRAME, 1, ears.started + place * 0.02)
    assert ears.audio().seconds == pytest.approx(1.0)


async def test_a_tone_that_broke_off_and_went_on_later_is_told_to_have_begun_later() -> None:
    ears = Ears(keep_s=0)
    waiting = asyncio.ensure_future(ears.wait_tone(SEAT_TONES))
    await asyncio.sleep(0)
    sound = tone(1010, 3.0)
    for place in (0, 1, *range(100, 130)):
        frame = encode(Codec.PCMA, sound[place * FRAME : (place + 1) * FRAME])
        ears.take(Codec.PCMA, frame, place * FRAME, 1, ears.started + place * 0.02)
    _, began = await asyncio.wait_for(waiting, 1)
    assert began - ears.started == pytest.approx(2.0, abs=0.001)


async def test_waiting_for_a_tone_tells_when_it_began() -> None:
    ears = Ears(keep_s=0)
    waiting = asyncio.ensure_future(ears.wait_tone(SEAT_TONES))
    await asyncio.sleep(0)
    sounds = np.concatenate([music(1, 2.0), tone(1010, 1.0)])
    for place in range(len(sounds) // FRAME):
        frame = encode(Codec.PCMA, sounds[place * FRAME : (place + 1) * FRAME])
        ears.take(Codec.PCMA, frame, place * FRAME, 1, ears.started + place * 0.02)
    frequency, began = await waiting
    assert frequency == 1010
    assert began - ears.started == pytest.approx(2.0, abs=0.1)


def test_stats_count_loss_disorder_and_restarts() -> None:
    stats = ReceiveStats()
    numbers = [65_534, 65_535, 0, 1, 4, 3, 6]  # 2 and 5 are lost, 3 comes late
    for place, number in enumerate(numbers):
        stats.take(number, number * FRAME, 1, place * 0.02)
    assert (stats.packets, stats.lost, stats.out_of_order) == (7, 2, 1)
    stats.take(500, 0, 2, 0.5)
    stats.take(502, 320, 2, 0.54)
    assert (stats.lost, stats.streams) == (3, 2)
    assert stats.longest_gap_s == pytest.approx(0.38)


def test_even_arrivals_have_no_jitter_and_uneven_ones_have() -> None:
    even, uneven = ReceiveStats(), ReceiveStats()
    for place in range(300):
        even.take(place, place * FRAME, 1, place * 0.02)
        uneven.take(place, place * FRAME, 1, place * 0.02 + (0.005 if place % 2 else 0.0))
    assert even.jitter_ms == pytest.approx(0.0, abs=0.01)
    assert uneven.jitter_ms == pytest.approx(5.0, abs=0.2)


@given(st.binary(max_size=60))
def test_any_bytes_are_unpacked_or_refused(data: bytes) -> None:
    packet = unpack(data)
    assert packet is None or len(packet.payload) <= len(data) - 12


@given(st.integers(0, 127), st.integers(0, 65535), st.integers(0, 2**32 - 1), st.binary(max_size=20), st.booleans())
def test_a_packet_comes_back_as_packed(kind: int, sequence: int, timestamp: int, payload: bytes, marker: bool) -> None:
    packet = Packet(kind, sequence, timestamp, 7, payload, marker)
    assert unpack(pack(packet)) == packet


async def test_a_digit_is_eight_packets_with_one_marker_and_three_ends() -> None:
    sender, listener = DigitSender(), DigitListener()
    done = sender.put("7")
    events = [event for event in (sender.tick() for _ in range(20)) if event is not None]
    assert [event.marker for event in events] == [True] + [False] * 7
    assert [bool(event.payload[1] & 0x80) for event in events] == [False] * 5 + [True] * 3
    assert [event.age for event in events] == [FRAME * place for place in range(8)]
    assert int.from_bytes(events[-1].payload[2:], "big") == 800
    assert done.done()
    for event in events:
        listener.take(event.payload, 1000, 1, time.monotonic())
    assert listener.text == "7"


async def test_what_is_no_digit_is_refused() -> None:
    with pytest.raises(ValueError, match="not digits"):
        DigitSender().put("12x")


def test_a_prompt_that_stuttered_is_heard_in_its_parts_and_another_is_not() -> None:
    said = babble(7, 6.0)
    gap = np.zeros(RATE // 3, np.int16)
    stuttered = through_a_telephone(
        np.concatenate([said[: RATE * 2], gap, said[RATE * 2 : RATE * 3], gap, said[RATE * 3 :]])
    )
    assert Reference(said).find(stuttered).score < LEAST
    assert max(part.find(stuttered).score for part in parts(said)) >= LEAST
    other = through_a_telephone(babble(8, 6.0))
    assert max(part.find(other).score for part in parts(said)) < LEAST


def test_silence_has_no_parts() -> None:
    assert parts(np.zeros(RATE * 4, np.int16)) == []


def test_a_tone_that_stutters_is_there_in_its_pieces_and_another_one_or_music_is_not() -> None:
    steady = tone(430, 1.0)
    stuttering = np.concatenate([steady[place * 3 * FRAME + 7 * place :][:FRAME] for place in range(16)])
    assert not spectrum.heard_tones(stuttering, (430,))
    assert spectrum.pieces_of(stuttering, 430) >= 12
    assert spectrum.pieces_of(tone(700, 0.5), 430) == 0
    assert spectrum.pieces_of(np.zeros(4000, np.int16), 430) == 0
    pieces = [spectrum.pieces_of(music(seed, 2.0), 437) for seed in range(1, 6)]
    assert max(pieces) < 50, "half of a piece of music is taken for a voice"
