"""Loading the settings, and saying what is wrong with them: where, which key, and what to write instead."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from hotline.settings import CONFIG_VARIABLE, DEFAULT_FILE, ENV_PREFIX, QUIET_VARIABLE, Settings


class SettingsMistake(Exception):
    """The settings cannot be used. ``mistakes`` holds one line for each, with place and remedy."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


def load_settings(file: Path | None = None) -> Settings:
    """Return the settings in force: environment over file over defaults.

    ``file`` None takes what HOTLINE_CONFIG names, else ``hotline.toml`` where it exists. Raises ``SettingsMistake``.
    """
    path = _file(file)
    text, table = _read(path) if path else ("", {})
    place = _Place(path, text)
    mistakes = [*_unknown_in_file(table, place), *_unknown_in_environment()]
    if mistakes:
        raise SettingsMistake(mistakes)
    try:
        return _from_file(path)
    except ValidationError as error:
        raise SettingsMistake([_worded(one, place) for one in error.errors()]) from None
    except SourceError as error:
        raise SettingsMistake([f"environment: {error}"]) from None


def _from_file(path: Path | None) -> Settings:
    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    loaded = FromFile()
    return Settings.model_construct(**{name: getattr(loaded, name) for name in Settings.model_fields})


def leaves(model: type[BaseModel] = Settings, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every setting, in the order of the model."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, (*prefix, name))
        else:
            yield (*prefix, name)


def environment_name(path: tuple[str, ...]) -> str:
    """Return the environment variable of a setting: ``("sip", "port")`` gives ``HOTLINE_SIP__PORT``."""
    return ENV_PREFIX + "__".join(path).upper()


def _file(given: Path | None) -> Path | None:
    named = given or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    if named is not None:
        if not named.is_file():
            raise SettingsMistake([f"{named}: there is no such file; correct {CONFIG_VARIABLE} or make the file"])
        return named
    return Path(DEFAULT_FILE) if Path(DEFAULT_FILE).is_file() else None


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise SettingsMistake([f"{path}: cannot be read ({error.strerror})"]) from None
    except UnicodeDecodeError:
        raise SettingsMistake([f"{path}: is not UTF-8 text; save it as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsMistake([f"{path}: is not TOML: {error}"]) from None


class _Place:
    """Says where in the file a key stands."""

    def __init__(self, path: Path | None, text: str) -> None:
        self.path = path
        self._lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.strip()
            if stripped.startswith("[") and "=" not in stripped:
                table = tuple(stripped.split("#")[0].strip("[] \t").split("."))
                self._lines.setdefault(table, number)
            elif "=" in stripped and not stripped.startswith("#"):
                self._lines.setdefault((*table, *_key(stripped)), number)

    def of(self, path: tuple[str, ...]) -> str:
        """Return file, line and key."""
        for length in range(len(path), 0, -1):
            if line := self._lines.get(path[:length]):
                return f"{self.path}, line {line}, {'.'.join(path)}"
        return f"{self.path}, {'.'.join(path)}"


def _key(line: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in line.split("=", 1)[0].split("."))


def _unknown_in_file(
    table: Mapping[str, Any], place: _Place, model: type[BaseModel] = Settings, prefix: tuple[str, ...] = ()
) -> Iterator[str]:
    for key, value in table.items():
        field = model.model_fields.get(key)
        path = (*prefix, key)
        if field is None:
            yield f"{place.of(path)}: unknown key{_meant('.'.join(path), ['.'.join(p) for p in _names()])}"
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            if isinstance(value, dict):
                yield from _unknown_in_file(value, place, field.annotation, path)
            else:
                yield f"{place.of(path)}: this is a table; write [{key}] on a line of its own, and its keys below"


def _unknown_in_environment() -> Iterator[str]:
    known = [environment_name(path) for path in leaves()] + [CONFIG_VARIABLE]
    for name in sorted(os.environ):
        if name.upper().startswith(ENV_PREFIX) and name.upper() not in (*known, QUIET_VARIABLE):
            yield f"environment, {name}: unknown variable{_meant(name.upper(), known)}"


def _names() -> list[tuple[str, ...]]:
    paths = list(leaves())
    return paths + sorted({path[:-1] for path in paths if len(path) > 1})


def _meant(wrong: str, known: list[str]) -> str:
    close = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    if not close:  # the right name in the wrong table, most often
        last = wrong.rsplit(".", 1)[-1]
        close = [name for name in known if name.rsplit(".", 1)[-1] == last][:1]
    return f"; did you mean {close[0]}?" if close else "; `hotline settings` lists all"


def _worded(error: Any, place: _Place) -> str:
    path = tuple(str(part) for part in error["loc"] if not isinstance(part, int))
    message = str(error["msg"]).removeprefix("Value error, ")
    if not path:
        return message
    variable = environment_name(path)
    where = f"environment, {variable}" if variable in {name.upper() for name in os.environ} else place.of(path)
    given = error["input"]
    secret = path[-1] in ("secret", "url")
    shown = f" (it is {given!r})" if isinstance(given, str | int | float | bool) and not secret else ""
    return f"{where}: {message}{shown}{_about(path)}"


def _about(path: tuple[str, ...]) -> str:
    model: type[BaseModel] = Settings
    for name in path:
        field = model.model_fields.get(name)
        if field is None:
            return ""
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
        else:
            return f". {name}: {field.description}" if field.description else ""
    return ""
