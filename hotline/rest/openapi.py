"""The OpenAPI document, made of the models by which requests are checked and answers are built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from hotline.rest.bodies import Problem

_REFUSALS = {
    "400": "What was sent makes no sense.", "401": "The token is missing or wrong.",
    "403": "The token's role may not do this.", "404": "There is no such thing.",
    "409": "It cannot be done now.", "413": "More than 512 KiB was sent.", "503": "The ticket store cannot be used.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked: a method of a path, with the models of what is sent and answered."""

    method: str
    path: str
    name: str
    summary: str
    answer: type[BaseModel]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    places: Mapping[str, str] | None = None  # parts of the path, each with its pattern
    events: bool = False  # the answer comes again and again, as server-sent events


def document(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """Return the document."""
    answers: list[type[BaseModel]] = [*(one.answer for one in operations), Problem]
    models: list[tuple[type[BaseModel], Literal["serialization", "validation"]]] = [
        (model, "serialization") for model in dict.fromkeys(answers)
    ]
    models += [(one.body, "validation") for one in operations if one.body is not None]
    _, made = models_json_schema(models, ref_template="#/components/schemas/{model}")
    paths: dict[str, Any] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "12345 hotline", "version": version, "description": "Times are epoch seconds."},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": made["$defs"],
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }  # fmt: skip


def _operation(one: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.name, "summary": one.summary,
        "parameters": [*_places(one), *_query(one)],
        "responses": {
            str(one.status): {"description": "Done.", "content": _content(one.answer, events=one.events)},
            **{code: {"description": words, "content": _content(Problem)} for code, words in _REFUSALS.items()},
        },
    }  # fmt: skip
    if one.body is not None:
        told["requestBody"] = {"required": True, "content": _content(one.body)}
    return told


def _content(model: type[BaseModel], *, events: bool = False) -> dict[str, Any]:
    kind = "text/event-stream" if events else "application/json"
    return {kind: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _places(one: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": pattern}}
        for name, pattern in (one.places or {}).items()
    ]


def _query(one: Operation) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = one.query.model_json_schema()
    kinds = schema.get("$defs", {})
    return [
        {"name": name, "in": "query", "required": False, "schema": _plain(part, kinds)}
        for name, part in schema["properties"].items()
    ]


def _plain(part: dict[str, Any], kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a value as it stands in a URL, where there is no null."""
    found = next((each for each in part.get("anyOf", [part]) if each.get("type") != "null"), part)
    if "$ref" in found:
        found = kinds[found["$ref"].rsplit("/", 1)[1]]
    return {key: value for key, value in found.items() if key not in ("title", "default", "description")}
