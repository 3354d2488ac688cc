"""Settings: where they come from, and what is said when they are wrong."""

from pathlib import Path

import pytest

from hotline import settings_docs
from hotline.settings import Settings
from hotline.settings_file import SettingsMistake, environment_name, leaves, load_settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("HOTLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "hotline.toml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(file: Path | None = None) -> list[str]:
    with pytest.raises(SettingsMistake) as caught:
        load_settings(file)
    return caught.value.mistakes


def test_without_file_and_environment_the_defaults_hold() -> None:
    settings = load_settings()
    assert (settings.dialled_number, settings.sip.port, settings.time_zone) == ("12345", 5060, "Asia/Shanghai")
    assert settings.store_url.startswith("sqlite+aiosqlite:////")
    assert settings.store_url.endswith("/var/hotline.db")


def test_nothing_listens_beyond_loopback_unless_told_to() -> None:
    settings = load_settings()
    assert {settings.sip.host, settings.ami.host, settings.agi.host, settings.http.host} == {"127.0.0.1"}
    assert settings.sip.trunk_peers == ["127.0.0.1"]


def test_the_file_in_the_current_folder_is_read(tmp_path: Path) -> None:
    write(tmp_path, 'language = "en"\n[sip]\nport = 5070\n')
    assert (load_settings().language, load_settings().sip.port) == ("en", 5070)


def test_the_environment_wins_over_the_file_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "[sip]\nport = 5070\nrtp_first = 20000\nrtp_last = 20100\n")
    monkeypatch.setenv("HOTLINE_SIP__PORT", "5080")
    sip = load_settings().sip
    assert (sip.port, sip.rtp_first) == (5080, 20000)


def test_the_variable_names_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.toml"
    other.write_text('dialled_number = "12388"\n', encoding="utf-8")
    write(tmp_path, 'dialled_number = "1"\n')
    monkeypatch.setenv("HOTLINE_CONFIG", str(other))
    assert load_settings().dialled_number == "12388"


def test_a_named_file_that_is_not_there_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_CONFIG", str(tmp_path / "gone.toml"))
    (told,) = mistakes()
    assert "gone.toml" in told
    assert "HOTLINE_CONFIG" in told


@pytest.mark.parametrize(
    ("text", "line", "key", "remedy"),
    [
        ('stat_dir = "x"\n', "line 1", "stat_dir", "did you mean state_dir?"),
        ("[sip]\nport = 5070\nprot = 1\n", "line 3", "sip.prot", "did you mean sip.port?"),
        ("[http]\nrtp_first = 1\n", "line 2", "http.rtp_first", "did you mean sip.rtp_first?"),
        ("sip.prot = 1\n", "line 1", "sip.prot", "did you mean sip.port?"),
        ("[spi]\nport = 1\n", "line 1", "spi", "did you mean sip?"),
        ("zzzzzz = 1\n", "line 1", "zzzzzz", "`hotline settings` lists all"),
        ("sip = 5\n", "line 1", "sip", "write [sip]"),
    ],
)
def test_an_unknown_key_is_refused_with_place_and_remedy(
    tmp_path: Path, text: str, line: str, key: str, remedy: str
) -> None:
    (told,) = mistakes(write(tmp_path, text))
    assert told.startswith(f"{tmp_path / 'hotline.toml'}, {line}, {key}: ")
    assert remedy in told


@pytest.mark.parametrize("name", ["HOTLINE_SIP__PROT", "HOTLINE_SIP_PORT"])
def test_an_unknown_variable_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "5070")
    (told,) = mistakes()
    assert told == f"environment, {name}: unknown variable; did you mean HOTLINE_SIP__PORT?"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = mistakes(write(tmp_path, 'time_zone = "Mars/Base"\n[sip]\nport = 500000\n[log]\nlevel = "loud"\n'))
    assert len(told) == 3
    assert "line 1, time_zone: there is no time zone 'Mars/Base'" in told[0]
    assert "line 3, sip.port: " in told[1]
    assert "(it is 500000)" in told[1]
    assert "line 5, log.level: " in told[2]


def test_a_wrong_value_of_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_HTTP__PORT", "abc")
    (told,) = mistakes()
    assert told.startswith("environment, HOTLINE_HTTP__PORT: ")
    assert "(it is 'abc')" in told


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"[sip\n", "is not TOML"), (b'language = "\xff"\n', "is not UTF-8"), (b"a = 1\na = 2\n", "is not TOML")],
)
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "hotline.toml"
    file.write_bytes(content)
    assert told in mistakes(file)[0]


def test_an_rtp_range_without_room_is_refused(tmp_path: Path) -> None:
    (told,) = mistakes(write(tmp_path, "[sip]\nrtp_first = 10000\nrtp_last = 10001\n"))
    assert "has no room for a call" in told


def test_trunk_peers_are_a_list_in_the_file_and_comma_separated_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, '[sip]\ntrunk_peers = ["10.0.0.1", "fd00::/8"]\n')
    assert load_settings().sip.trunk_peers == ["10.0.0.1", "fd00::/8"]
    monkeypatch.setenv("HOTLINE_SIP__TRUNK_PEERS", "10.0.0.2, 10.1.0.0/16")
    assert load_settings().sip.trunk_peers == ["10.0.0.2", "10.1.0.0/16"]
    monkeypatch.setenv("HOTLINE_SIP__TRUNK_PEERS", "everybody")
    assert "everybody" in mistakes()[0]


def test_an_external_asterisk_needs_its_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, '[asterisk]\nmode = "external"\n')
    assert "HOTLINE_AMI__SECRET" in mistakes(file)[0]
    monkeypatch.setenv("HOTLINE_AMI__SECRET", "s3cret")
    settings = load_settings(file)
    assert settings.ami.secret is not None
    assert settings.ami.secret.get_secret_value() == "s3cret"


def test_secrets_are_neither_printed_nor_told_in_mistakes(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://hotline:hunter2@db/hotline"
    settings = load_settings(write(tmp_path, f'[ami]\nsecret = "hunter2"\n[store]\nurl = "{url}"\n'))
    assert settings.store_url == url
    assert "hunter2" not in repr(settings)
    shown = settings_docs.current(settings)
    assert "hunter2" not in str(shown)
    assert shown["store"]["url"] == "postgresql+asyncpg://hotline:***@db/hotline"
    told = mistakes(write(tmp_path, '[ami]\nuser = ""\nsecret = ["hunter2"]\n'))
    assert len(told) == 2
    assert "hunter2" not in "".join(told)


def test_every_setting_says_what_it_means() -> None:
    example = settings_docs.example_toml()
    for path in leaves():
        assert f"\n#{path[-1]} = " in example
    assert all(
        ". " in line or line.endswith(".") for line in settings_docs.markdown().splitlines() if "HOTLINE_S" in line
    )


def test_the_example_with_every_line_in_force_says_the_defaults(tmp_path: Path) -> None:
    lines = [
        line[1:] if line.startswith("#") and not line.startswith("# ") else line
        for line in settings_docs.example_toml().splitlines()
    ]
    assert load_settings(write(tmp_path, "\n".join(lines))) == Settings()


def test_the_page_of_the_docs_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_docs.markdown(), "run: hotline settings --markdown > docs/settings.md"


def test_every_setting_has_its_variable() -> None:
    assert environment_name(("sip", "port")) == "HOTLINE_SIP__PORT"
    assert len({environment_name(path) for path in leaves()}) == len(list(leaves()))
