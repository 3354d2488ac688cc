"""`hotline render` writes what an Asterisk of one's own needs, with the secret that the service will log in with."""

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli.app import app

ROOT = Path(__file__).parents[3]


def test_the_files_for_an_asterisk_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOTLINE_ASTERISK__MODE", "external")
    monkeypatch.setenv("HOTLINE_AMI__SECRET", "chosen-by-hand")
    monkeypatch.setenv("HOTLINE_FILES__DIALPLANS", str(ROOT / "dialplans"))
    done = CliRunner().invoke(app, ["render", "--to", "out"])
    assert done.exit_code == 0, done.output
    files = {path.name: path for path in (tmp_path / "out").iterdir()}
    assert {"pjsip.conf", "extensions.conf", "manager.conf", "features.conf"} <= set(files)
    assert not {"asterisk.conf", "modules.conf", "logger.conf"} & set(files), "these are the other Asterisk's own"
    assert "secret = chosen-by-hand" in files["manager.conf"].read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert (tmp_path / "var" / "sounds" / "beep.wav").exists()
    told = (ROOT / "docs" / "existing-asterisk.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in told for name in files), "the page of the docs does not tell about every file"


def test_a_directory_with_a_mistake_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "directory.yaml").write_text("version: 1\nseats: nonsense\n")
    done = CliRunner().invoke(app, ["render", "--to", "out"])
    assert done.exit_code == 1
    assert "directory.yaml" in done.output
    assert not (tmp_path / "out").exists()
