"""The step that asks another system, over HTTP or in a database."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from ivr.steps.base import BaseStep, Filled, Fills, Name, Prompt, Target, Text
from ivr.steps.marks import Refers

_MARK = re.compile(r"\{[^{}]*\}")


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(
            f"{value!r} is no address: write one like https://bills.example.gov.cn/of/{{account}}"
        ) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or port == 0:
        raise ValueError(f"{value!r} is no address: write one like https://bills.example.gov.cn/of/{{account}}")
    if _MARK.search(parts.netloc) or not re.fullmatch(r"[\w.:\[\]-]+", parts.netloc):
        raise ValueError("the host has a mark in it: write the host as it is")
    if parts.fragment or not value.isprintable() or " " in value:
        raise ValueError(f"{value!r} has a blank or a '#' in it: remove it")
    return value


Url = Annotated[str, Field(max_length=500), AfterValidator(_address), Refers.FILLED]
Path = Annotated[Text, Field(max_length=100, pattern=r"^[\w-]+(\.[\w-]+)*$")]
QueryName = Annotated[Name, Refers.LOOKUP]


class LookUp(BaseStep):
    """Asks another system by HTTP, or a database, and keeps what it answers."""

    do: Literal["lookup"]
    url: Url | None = None  # an http or https address; {name} in it is filled in
    method: Literal["GET", "POST"] = "GET"  # GET puts what is sent into the address, POST sends it as JSON
    query: QueryName | None = None  # instead of url: a question to a database, of the setting lookups.queries
    send: dict[Name, Filled] = Field(
        default_factory=dict, description="sent along: name -> text; {name} in it is filled in from the call"
    )
    into: dict[Fills, Path] = Field(
        default_factory=dict, description="name -> where it stands in the answer, like data.bills.0.total, or a column"
    )
    timeout_s: float = Field(default=4, ge=0.5, le=15)  # seconds that it may take
    prompt: Prompt | None = None  # said before the caller waits
    music: bool = True  # the caller hears music meanwhile
    secret: bool = False  # what is answered is kept out of records
    found: Target  # the step when there is an answer
    not_found: Target  # the step when there is nothing of that kind
    failed: Target  # the step when nobody answers in time, or what comes is no answer

    @model_validator(mode="after")
    def _one_of_them(self) -> "LookUp":
        if (self.url is None) == (self.query is None):
            raise ValueError("asks nobody, or two: write exactly one of 'url:' and 'query:'")
        if self.query is not None and self.method != "GET":
            raise ValueError("a database has no method: remove 'method:'")
        return self

    @property
    def host(self) -> str:
        """The host that is asked, with its port where one is written; "" for a database."""
        return urlsplit(self.url).netloc.lower() if self.url is not None else ""

    def at_once(self) -> Iterator[str]:
        """An answer may come at once."""
        return iter((self.found, self.not_found, self.failed))
