"""The settings, written out for people: a commented example file, the page ``docs/settings.md``, what is in force."""

import json
import textwrap
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from hotline.settings import Settings
from hotline.settings_file import environment_name

_WIDTH = 100


def example_toml() -> str:
    """Return a ``hotline.toml`` that says what holds without it: every setting with its meaning and default."""
    lines = [
        "# Settings of the hotline. Lines that begin with # are explanations, or settings left at their default:",
        "# remove the # to change one. Every setting can be given in the environment too, which then wins.",
        "",
    ]
    lines += _example_of(Settings)
    return "\n".join(lines).rstrip() + "\n"


def _example_of(model: type[BaseModel]) -> list[str]:
    lines: list[str] = []
    tables: list[str] = []
    for name, field in model.model_fields.items():
        group = _group(field)
        if group is not None:
            about = (group.__doc__ or "").strip()
            tables += [f"# {about}", f"[{name}]", *_example_of(group)]
            continue
        lines += textwrap.wrap(_sentence(field), _WIDTH, initial_indent="# ", subsequent_indent="# ")
        lines += [f"#{name} = {_toml(field.default)}", ""]
    return lines + tables


def markdown() -> str:
    """Return the page ``docs/settings.md``: one table a group."""
    lines = [
        "# Settings",
        "",
        "<!-- made by `hotline settings --markdown`; a test keeps it equal to the code -->",
        "",
        "One file, `hotline.toml` where the service is started (or the one that `HOTLINE_CONFIG` names), and the",
        "environment, which wins. Unknown names are refused, with place and remedy. `hotline settings` prints a file",
        "to start from; `hotline settings --current` what is in force. Who works here, queues, ringing and wrap-up",
        "times are not settings but `dialplans/directory.yaml`.",
        "",
    ]
    lines += ["## General", "", *_table(Settings, ())]
    for name, field in Settings.model_fields.items():
        group = _group(field)
        if group is not None:
            lines += [f"## [{name}]", "", (group.__doc__ or "").strip(), "", *_table(group, (name,))]
    return "\n".join(lines).rstrip() + "\n"


def _table(model: type[BaseModel], prefix: tuple[str, ...]) -> list[str]:
    rows = ["| setting | default | meaning | environment |", "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        if _group(field) is None:
            meaning = _sentence(field).replace("|", "\\|")
            default = f"`{_toml(field.default)}`"
            rows.append(f"| `{name}` | {default} | {meaning} | `{environment_name((*prefix, name))}` |")
    return [*rows, ""]


def current(settings: Settings) -> dict[str, Any]:
    """Return the settings in force as JSON-able values, secrets hidden, empty ones filled in."""
    values: dict[str, Any] = json.loads(settings.model_dump_json())
    values["store"]["url"] = _without_password(settings.store_url)
    values["files"] |= {
        "directory": str(settings.directory_file),
        "recordings": str(settings.recordings_dir),
        "prompts": str(settings.prompts_dir),
    }
    return values


def flat(values: dict[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    """Return nested values as pairs of dotted name and value."""
    pairs: list[tuple[str, object]] = []
    for name, value in values.items():
        pairs += flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]
    return pairs


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    scheme, slashes, account = head.partition("://")
    return f"{scheme}{slashes}{account.split(':', 1)[0]}:***{at}{tail}" if at and ":" in account else url


def _group(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _sentence(field: FieldInfo) -> str:
    text = field.description or ""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _toml(value: Any) -> str:
    if value is None or isinstance(value, SecretStr):
        return '""'
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)
