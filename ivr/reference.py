"""The reference page of the language of flows: one table a kind of step, made of the same models as all else."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from ivr.key_help import about, help_of
from ivr.model import Flow
from ivr.schema import models_in
from ivr.steps import STEPS


def reference() -> str:
    """Return the page ``docs/flow-reference.md``."""
    lines = [
        "# Every key of a flow",
        "",
        "<!-- made by `hotline flow schema --markdown`; a test keeps it equal to the code -->",
        "",
        "[flows.md](flows.md) tells how flows are written; this page lists what may stand in one. Durations are",
        "seconds. A key without a default must be written.",
        "",
        "## The whole file",
        "",
        *_table(Flow),
    ]
    shown: set[type[BaseModel]] = {Flow, *STEPS.values()}
    parts = [kind for kind in models_in(Flow) if kind not in shown]
    for word, step in STEPS.items():
        lines += [f"## do: {word}", "", about(step), "", *_table(step)]
    for kind in parts:
        used = ", ".join(f"`{where}`" for where in _used_in(kind))
        lines += [f"## {kind.__name__.lower()}", "", f"{about(kind)} Stands under {used}.", "", *_table(kind)]
    return "\n".join(lines).rstrip() + "\n"


def _table(kind: type[BaseModel]) -> list[str]:
    rows = ["| key | default | meaning |", "| --- | --- | --- |"]
    for name, field in kind.model_fields.items():
        if name != "do":
            meaning = help_of(kind, name).replace("|", "\\|")
            rows.append(f"| `{field.alias or name}` | {_default(field)} | {meaning} |")
    return [*rows, ""] if len(rows) > 2 else []


def _default(field: Any) -> str:
    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None or value in ("", (), {}) or isinstance(value, BaseModel):
        return "none" if not isinstance(value, BaseModel) else "see below"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(str(one) for one in value)}]`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _used_in(kind: type[BaseModel]) -> Iterator[str]:
    keys: dict[str, None] = {}
    for model in models_in(Flow):
        for name, field in model.model_fields.items():
            if kind in models_in_field(field.annotation):
                keys[field.alias or name] = None
    return iter(keys)


def models_in_field(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that a field's type names itself."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in getattr(annotation, "__args__", ()) for found in models_in_field(argument)]
