"""What people edit is one thing, what runs another: the flows, prompts' texts and directory that run are a copy, taken
when everything in it was right.

So a file that is being edited, or holds a mistake, cannot be what a service finds that is started again in the night.
Each copy is a folder of its own under ``versions/`` in the state folder; ``current`` there is a link to the one in use.
"""

import filecmp
import shutil
from pathlib import Path

from hotline.checks import check_files
from hotline.settings import Settings

_KEPT = 20
_DIRECTORY = "directory.yaml"


class Versions:
    """The versions of the files that ``settings`` names. ``current`` is a folder like ``dialplans``."""

    def __init__(self, settings: Settings) -> None:
        self._edited = settings
        self._folder = settings.state_dir.absolute() / "versions"
        self.current = self._folder / "current"
        self.draft = self._folder / "draft"

    @property
    def there(self) -> bool:
        """Whether there is a version in use."""
        return (self.current / _DIRECTORY).is_file()

    def settings(self, folder: Path | None = None) -> Settings:
        """Return the settings with the files of a version (the one in use) in place of the edited ones."""
        folder = folder or self.current
        files = self._edited.files.model_copy(update={"dialplans": folder, "directory": folder / _DIRECTORY})
        return self._edited.model_copy(update={"files": files})

    def take(self) -> list[str]:
        """Make the edited files the version in use and return []; or change nothing and return their mistakes.

        Raises ``OSError`` when files cannot be read or written.
        """
        if mistakes := self.draw_up():
            return mistakes
        draft = self.draft
        if self.there and _same(draft, self.current):
            shutil.rmtree(draft)
            return []
        numbers = self._numbers()
        version = self._folder / f"{(numbers[-1] if numbers else 0) + 1:06d}"
        draft.rename(version)
        link = self._folder / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(version.name)
        link.replace(self.current)
        for number in numbers[: -_KEPT + 1]:
            shutil.rmtree(self._folder / f"{number:06d}", ignore_errors=True)
        return []

    def changed(self) -> list[str]:
        """Return the files of the draft that differ from those in use, or are new or gone."""
        names = {path.name for folder in (self.draft, self.current) for path in folder.iterdir()}
        _, different, missing = filecmp.cmpfiles(self.draft, self.current, names, shallow=False)
        return sorted([*different, *missing])

    def draw_up(self) -> list[str]:
        """Copy the edited files into ``draft`` and return their mistakes. Raises ``OSError``."""
        draft = self.draft
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        dialplans, directory = self._edited.files.dialplans, self._edited.directory_file
        if not dialplans.is_dir():
            return [f"{dialplans}: there is no such folder (setting files.dialplans)"]
        for path in sorted(dialplans.glob("*.yaml")):
            if not path.name.startswith("."):  # editors keep hidden ones while a file is open
                shutil.copyfile(path, draft / path.name)
        if directory.is_file():
            shutil.copyfile(directory, draft / _DIRECTORY)
        if mistakes := check_files(self.settings(draft)):
            edited_names = ((str(draft / _DIRECTORY), str(directory)), (str(draft), str(dialplans)))
            return [_named(mistake, edited_names) for mistake in mistakes]
        return []

    def _numbers(self) -> list[int]:
        return sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdigit() and path.is_dir())


def _named(mistake: str, names: tuple[tuple[str, str], ...]) -> str:
    """Return a mistake under the name of the file that people edit."""
    for draft, edited in names:
        mistake = mistake.replace(draft, edited)
    return mistake


def _same(one: Path, other: Path) -> bool:
    names = {path.name for path in one.iterdir()} | {path.name for path in other.iterdir()}
    _, different, unreadable = filecmp.cmpfiles(one, other, names, shallow=False)
    return not different and not unreadable
