"""A sealed recording is read with its key and without any change, or not at all."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.sealing import Keys, SealError, add_key, key_name, renew, seal, unseal

CHUNK = 64 * 1024


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    add_key(tmp_path / "keys")
    return Keys.load(tmp_path / "keys")


def sealed(tmp_path: Path, content: bytes, keys: Keys) -> bytes:
    plain, target = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(content)
    seal(plain, target, keys)
    return target.read_bytes()


def opened(data: bytes, keys: Keys) -> bytes:
    return b"".join(unseal(io.BytesIO(data), keys))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_000])
def test_what_is_sealed_is_read_again_and_shows_nothing(tmp_path: Path, keys: Keys, size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    data = sealed(tmp_path, content[:size], keys)
    assert opened(data, keys) == content[:size]
    assert size < 100 or content[:100] not in data
    assert data != sealed(tmp_path, content[:size], keys), "the same recording twice looks the same"


@given(st.integers(0, 150_000), st.integers(0, 7))
def test_any_altered_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int) -> None:
    folder = tmp_path_factory.mktemp("seal")
    add_key(folder / "keys")
    keys = Keys.load(folder / "keys")
    data = bytearray(sealed(folder, b"talk" * 35_000, keys))
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(SealError):
        opened(bytes(data), keys)


def test_a_file_that_was_cut_lengthened_or_reordered_is_refused(tmp_path: Path, keys: Keys) -> None:
    data = sealed(tmp_path, b"a" * (3 * CHUNK), keys)
    head = len(data) - 3 * (CHUNK + 16)
    first, second = data[head : head + CHUNK + 16], data[head + CHUNK + 16 : head + 2 * (CHUNK + 16)]
    for wrong in (data[:-1], data[: -CHUNK - 16], data + b"x", data[:head] + second + first + data[-CHUNK - 16 :], b""):
        with pytest.raises(SealError):
            opened(wrong, keys)


def test_a_new_key_seals_what_comes_and_old_files_are_resealed_without_their_audio_being_touched(
    tmp_path: Path, keys: Keys
) -> None:
    data = sealed(tmp_path, b"talk" * 50_000, keys)
    assert add_key(tmp_path / "keys") == "k2"
    both = Keys.load(tmp_path / "keys")
    assert both.current == "k2"
    assert opened(data, both) == b"talk" * 50_000
    target = tmp_path / "renewed"
    renew(io.BytesIO(data), target, both)
    renewed = target.read_bytes()
    assert key_name(io.BytesIO(renewed)) == "k2"
    assert renewed[-100_000:] == data[-100_000:]
    only_new = Keys({"k2": both.by_name["k2"]})
    assert opened(renewed, only_new) == b"talk" * 50_000
    with pytest.raises(SealError, match="key k1"):
        opened(data, only_new)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no key"),
        ("k1", "line 1"),
        ("# old\nk1 QUJD", "line 2"),
        ("k1 !!!", "32 bytes"),
        ("a/b " + "A" * 44, "line 1"),
    ],
)
def test_a_keys_file_that_cannot_be_used_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(SealError, match=told):
        Keys.load(tmp_path / "keys")


def test_the_keys_file_is_for_its_owner_only_and_a_missing_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(SealError, match="cannot be read"):
        Keys.load(tmp_path / "keys")
    add_key(tmp_path / "keys")
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
    assert "AESGCM" not in repr(Keys.load(tmp_path / "keys"))
    assert "b'" not in repr(Keys.load(tmp_path / "keys"))
