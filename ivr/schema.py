"""JSON Schema of the files that people edit, for editors: completion, hover help, mistakes underlined while typing."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ivr.beside import Calendars
from ivr.key_help import about, help_of
from ivr.model import Flow

_AS_TEXT = ("_as_text", "as_text")  # validators by which whole numbers may stand where texts are meant
Help = Callable[[type[BaseModel], str], str]


def flow_schema() -> dict[str, Any]:
    """Return the schema of a flow."""
    return schema_of(Flow, help_of, "A call flow of the hotline")


def calendars_schema() -> dict[str, Any]:
    """Return the schema of ``calendars.yaml``."""
    return schema_of(Calendars, help_of, "Opening hours for all flows")


def schema_of(model: type[BaseModel], helped: Help, title: str) -> dict[str, Any]:
    """Return the schema of a file whose whole is ``model``; ``helped`` says what each key is for."""
    made = model.model_json_schema(by_alias=True, schema_generator=_ForYaml)
    made = {"$schema": "http://json-schema.org/draft-07/schema#", **made, "title": title}
    parts: Mapping[str, Any] = made.get("$defs", {})
    for kind in models_in(model):
        part = made if kind is model else _part(parts, kind)
        if part is None:
            continue
        part["description"] = about(kind)
        for name, field in kind.model_fields.items():
            key = field.alias or name
            written = part["properties"][key]
            written.pop("title", None)
            if text := helped(kind, name):
                written["description"] = text
    return made


def _part(parts: Mapping[str, Any], kind: type[BaseModel]) -> Any:
    """Return a model's part; of two of one name, pydantic names them by their modules."""
    long = f"{kind.__module__}.{kind.__qualname__}".replace(".", "__")
    return parts.get(kind.__name__) or parts.get(long)


def models_in(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return a model and all models within it, each once, in the order in which they are met."""
    found: dict[type[BaseModel], None] = {}
    todo = [model]
    while todo:
        kind = todo.pop(0)
        if kind not in found:
            found[kind] = None
            for field in kind.model_fields.values():
                todo += _in_annotation(field.annotation)
    return list(found)


def _in_annotation(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _in_annotation(argument)


class _ForYaml(GenerateJsonSchema):
    """What may be written, not what the models hold: numbers as texts, and ``prompt:`` for a single prompt."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Return the schema of something that a function looks at before it is checked."""
        made = super().function_before_schema(schema)
        name = getattr(schema["function"]["function"], "__name__", "")
        if name in _AS_TEXT and made.get("type") == "string":
            made = {**made, "type": ["string", "integer"]}
        return made

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return the schema of a model."""
        made = super().model_schema(schema)
        if hasattr(schema["cls"], "_one_prompt"):
            items = made["properties"]["prompts"]["items"]
            one = {**items, "description": "A single prompt, said before asking again."}
            made["properties"] = {"prompt": one, **made["properties"]}
        return made
