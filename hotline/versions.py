"""What people edit is one thing, what runs another: the flows, prompts' texts and directory that run are a copy, taken
when everything in it was right.

So a file that is being edited, or holds a mistake, cannot be what a service finds that is started again in the night.
Each copy is a folder of its own under ``versions/`` in the state folder; ``current`` there is a link to the one in use.
"""

import filecmp
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hotline.checks import check_files
from hotline.settings import Settings

_KEPT = 20
_DIRECTORY = "directory.yaml"


@dataclass(frozen=True, slots=True)
class Version:
    """One version that is kept. ``changed`` names the files that differ from the version before it."""

    number: int
    folder: Path
    taken_at: float  # epoch seconds
    in_use: bool
    changed: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name, as commands take it."""
        return self.folder.name


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
        self._link(version)
        for number in numbers[: -_KEPT + 1]:
            shutil.rmtree(self._folder / f"{number:06d}", ignore_errors=True)
        return []

    def changed(self) -> list[str]:
        """Return the files of the draft that differ from those in use, or are new or gone."""
        return _different(self.draft, self.current)

    def kept(self) -> list[Version]:
        """Return all versions, the latest first."""
        if not self._folder.is_dir():
            return []
        in_use = self.current.resolve().name if self.there else ""
        found: list[Version] = []
        before: Path | None = None
        for number in self._numbers():
            folder = self._named(number)
            changed = tuple(_different(before, folder)) if before is not None else ()
            found.append(Version(number, folder, folder.stat().st_mtime, folder.name == in_use, changed))
            before = folder
        return found[::-1]

    def version(self, name: str | None) -> Version:
        """Return a version by its name (``000012`` or ``12``); None means the one before that in use. Raises
        ``LookupError`` with what there is."""
        kept = self.kept()
        if name is None:
            in_use = next((one.number for one in kept if one.in_use), 0)
            found = next((one for one in kept if one.number < in_use), None)
            if found is None:
                none_yet = "no version is in use yet: the first is made when the hotline starts"
                raise LookupError("there is no version before the one in use" if in_use else none_yet)
            return found
        found = next((one for one in kept if name.isdecimal() and len(name) < 10 and one.number == int(name)), None)
        if found is None:
            there = ", ".join(one.name for one in kept)
            raise LookupError(f"there is no version {name!r}; there are: {there or 'none yet'}")
        return found

    def use(self, version: Version) -> list[str]:
        """Make a version that is kept the one in use and return []; or, when it cannot be used (any more), change
        nothing and return its mistakes."""
        mistakes = check_files(self.settings(version.folder))
        if not mistakes:
            self._link(version.folder)
        return mistakes

    def edit(self, version: Version) -> Path:
        """Put the files of a version where people edit; return where what was there is kept. Raises ``OSError``."""
        dialplans, directory = self._edited.files.dialplans, self._edited.directory_file
        safe = self._folder / f"edited-{datetime.now():%Y%m%d-%H%M%S-%f}"
        safe.mkdir(parents=True)
        for path in sorted(dialplans.glob("*.yaml")):
            if not path.name.startswith("."):
                shutil.copyfile(path, safe / path.name)
        if directory.is_file():
            shutil.copyfile(directory, safe / _DIRECTORY)
        for path in safe.iterdir():
            if not (version.folder / path.name).exists():
                (dialplans / path.name).unlink(missing_ok=True)
        for path in version.folder.iterdir():
            shutil.copyfile(path, directory if path.name == _DIRECTORY else dialplans / path.name)
        return safe

    def draw_up(self) -> list[str]:
        """Copy the edited files into ``draft`` and return their mistakes. Raises ``OSError``."""
        draft = self.draft
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        dialplans, directory = self._edited.files.dialplans, self._edited.directory_file
        if not dialplans.is_dir():
            return [f"{dialplans}: there is no such folder (setting files.dialplans)"]
        for path in sorted([*dialplans.glob("*.yaml"), *dialplans.glob("*.csv")]):
            if not path.name.startswith("."):  # editors keep hidden ones while a file is open
                shutil.copyfile(path, draft / path.name)
        if directory.is_file():
            shutil.copyfile(directory, draft / _DIRECTORY)
        if mistakes := check_files(self.settings(draft)):
            edited_names = ((str(draft / _DIRECTORY), str(directory)), (str(draft), str(dialplans)))
            return [_named(mistake, edited_names) for mistake in mistakes]
        return []

    def _link(self, version: Path) -> None:
        link = self._folder / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(version.name)
        link.replace(self.current)

    def _named(self, number: int) -> Path:
        return self._folder / f"{number:06d}"

    def _numbers(self) -> list[int]:
        return sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdigit() and path.is_dir())


def _named(mistake: str, names: tuple[tuple[str, str], ...]) -> str:
    """Return a mistake under the name of the file that people edit."""
    for draft, edited in names:
        mistake = mistake.replace(draft, edited)
    return mistake


def _same(one: Path, other: Path) -> bool:
    return not _different(one, other)


def _different(one: Path, other: Path) -> list[str]:
    """Return the files that differ, or that only one of two folders has."""
    names = {path.name for folder in (one, other) for path in folder.iterdir()}
    _, different, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    return sorted([*different, *missing])
