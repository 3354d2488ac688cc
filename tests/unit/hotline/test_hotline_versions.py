"""What runs is a copy of what people edit, taken when everything in it was right."""

import shutil
from pathlib import Path

import pytest

from hotline.settings import Settings
from hotline.versions import Versions

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "dialplans", tmp_path / "dialplans"))


@pytest.fixture
def settings(tmp_path: Path, edited: Path) -> Settings:
    return Settings.model_validate({"state_dir": tmp_path / "var", "files": {"dialplans": edited}})


def test_files_without_mistakes_become_the_version_in_use(settings: Settings, edited: Path) -> None:
    versions = Versions(settings)
    assert not versions.there
    assert versions.take() == []
    assert versions.there
    assert {path.name for path in versions.current.iterdir()} == {path.name for path in edited.glob("*.yaml")}
    assert versions.settings().directory_file == versions.current / "directory.yaml"


def test_a_mistake_changes_nothing_and_is_told_under_the_edited_files_name(settings: Settings, edited: Path) -> None:
    versions = Versions(settings)
    versions.take()
    flow = edited / "12345.yaml"
    right = flow.read_text(encoding="utf-8")
    flow.write_text(right.replace("2: self_service", "2: self_servise"), encoding="utf-8")
    [mistake, *_] = versions.take()
    assert mistake.startswith(f"{flow}:")
    assert "self_service" in mistake
    assert (versions.current / "12345.yaml").read_text(encoding="utf-8") == right
    directory = edited / "directory.yaml"
    directory.write_text("seats: none", encoding="utf-8")
    assert all(mistake.startswith(f"{directory}:") for mistake in versions.take())


def test_an_edit_becomes_a_new_version_and_none_is_made_without_one(settings: Settings, edited: Path) -> None:
    versions = Versions(settings)
    versions.take()
    first = versions.current.resolve()
    versions.take()
    assert versions.current.resolve() == first
    with (edited / "12345.yaml").open("a", encoding="utf-8") as file:
        file.write("# a remark\n")
    versions.take()
    assert versions.current.resolve() != first
    assert first.is_dir(), "the former version is kept"


def test_a_flow_that_was_removed_is_not_in_the_next_version(settings: Settings, edited: Path) -> None:
    versions = Versions(settings)
    versions.take()
    (edited / "minimal.yaml").unlink()
    assert versions.take() == []
    assert not (versions.current / "minimal.yaml").exists()


def test_only_the_latest_versions_are_kept(settings: Settings, edited: Path) -> None:
    versions = Versions(settings)
    for i in range(23):
        (edited / "minimal.yaml").write_text(
            (ROOT / "dialplans" / "minimal.yaml").read_text(encoding="utf-8") + f"# {i}\n", encoding="utf-8"
        )
        versions.take()
    kept = [path.name for path in versions.current.parent.iterdir() if path.name.isdigit()]
    assert len(kept) == 20
    assert versions.current.resolve().name == max(kept) == "000023"


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    versions = Versions(Settings.model_validate({"state_dir": tmp_path, "files": {"dialplans": tmp_path / "nowhere"}}))
    [mistake] = versions.take()
    assert "files.dialplans" in mistake


def test_what_an_editor_keeps_beside_an_open_file_is_no_flow(settings: Settings, edited: Path) -> None:
    (edited / ".#12345.yaml").symlink_to("somebody@desk.4711")  # points nowhere
    assert Versions(settings).take() == []
