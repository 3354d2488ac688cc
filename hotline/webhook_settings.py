"""Settings of what is told to other systems: the table ``[webhooks]``."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _network(value: str) -> str:
    ipaddress.ip_network(value, strict=False)  # its ValueError says what is wrong
    return value


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError(f"{value!r} is no address: write one like https://orders.example.gov.cn/hotline")
    return value


class WebhookTarget(BaseModel):
    """A system that is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_url)]
    topics: Annotated[list[str], Field(min_length=1)] = ["ticket.*"]


class WebhookSettings(BaseModel):
    """Other systems that are told of tickets' changes and of calls."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    targets: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")], WebhookTarget] = Field(
        {},
        description="systems to tell, by name: each a table with url (https unless the network between is yours) and "
        'topics (patterns; ["ticket.*"] unless given; "call.completed" tells of calls)',
    )
    allow: Annotated[list[Annotated[str, AfterValidator(_network)]], NoDecode, BeforeValidator(_split)] = Field(
        [], description="networks that may be told though they are private, like 10.1.0.0/16; no others are"
    )
    timeout_s: float = Field(10, gt=0, le=120, description="seconds for a target to take one message")
    attempts: int = Field(12, ge=1, le=100, description="so often it is tried before it is given up (dead)")
    first_retry_s: float = Field(
        5, gt=0, le=3600, description="seconds until the second attempt; doubled each time, a tenth more or less"
    )
    longest_retry_s: float = Field(3600, gt=0, le=86400, description="longest time between two attempts, in seconds")
    keep_days: float = Field(30, gt=0, le=3650, description="days for which messages delivered or given up are listed")
