"""A YAML file that people edit, edited by a command: its comments, order and form stay, and it is checked before it is
written."""

import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import CommentMark, YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from ruamel.yaml.tokens import CommentToken

from hotline.checks import check_files
from hotline.settings import Settings


class NotWritten(Exception):
    """The file stays as it was; the message says why."""


def edited(path: Path, edit: Callable[[CommentedMap], None]) -> str:
    """Return the text of a file as it is after an edit. Raises ``NotWritten``."""
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        tree = yaml.load(path.read_text(encoding="utf-8-sig")) if path.exists() else CommentedMap()
        edit(tree)
        made = io.StringIO()
        yaml.dump(tree, made)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise NotWritten(f"{path} cannot be edited: {error}; hotline check says more") from error
    return made.getvalue()


def checked(settings: Settings, path: Path, text: str) -> None:
    """Look at all files together, as a reload does, with this text in place of a file. Raises ``NotWritten``."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for one in settings.files.dialplans.absolute().iterdir():
            if one.name != path.name:
                (folder / one.name).symlink_to(one)
        new = folder / path.name
        new.write_text(text, encoding="utf-8")
        directory = new if path == settings.directory_file else settings.directory_file
        files = settings.files.model_copy(update={"dialplans": folder, "directory": directory})
        mistakes = check_files(settings.model_copy(update={"files": files}))
        if mistakes:
            told = "\n".join(one.replace(str(new), str(path)).replace(f"{folder}/", "") for one in mistakes)
            raise NotWritten(
                f"with this table the files would hold mistakes (lines are those of {path.name} then):\n{told}"
            )


def write(path: Path, text: str) -> Path | None:
    """Write the file, in one step; return where the former one is kept (``.bak``). Raises ``NotWritten``."""
    try:
        made = path.with_name(f".{path.name}.{os.getpid()}")
        kept = path.with_name(path.name + ".bak") if path.exists() else None
        if kept is not None:
            kept.write_bytes(path.read_bytes())
        made.write_text(text, encoding="utf-8")
        if kept is not None:
            made.chmod(path.stat().st_mode & 0o777)
        made.replace(path)
    except OSError as error:
        raise NotWritten(f"{path} cannot be written: {error.strerror or error}") from error
    return kept


def put(mapping: CommentedMap, key: str, value: Any) -> None:
    """Set a key; a new one comes last, before the blank lines and comments that introduce what follows."""
    last = next(reversed(mapping), None)
    there = key in mapping
    mapping[_plain(key)] = _plain(value)
    tokens = None if there or last is None else mapping.ca.items.get(last)
    if not tokens or tokens[2] is None:
        return
    end, line, rest = tokens[2].value.partition("\n")
    if rest:
        tokens[2].value = end + line
        mapping.ca.items[key] = [None, None, CommentToken("\n" + rest, CommentMark(0)), None]


def on_one_line(values: dict[str, Any]) -> CommentedMap:
    """Return a mapping that is written as ``{a: b, c: d}``."""
    made = CommentedMap({key: _plain(value) for key, value in values.items()})
    made.fa.set_flow_style()
    return made


def _plain(value: Any) -> Any:
    """Return a value as it is to be written: what a reader of YAML would take for a number is put in quotes."""
    if isinstance(value, str) and value.isascii() and value[:1].isdigit():
        return DoubleQuotedScalarString(value)
    if isinstance(value, dict) and not isinstance(value, CommentedMap):
        return on_one_line(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
