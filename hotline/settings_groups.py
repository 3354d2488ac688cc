"""The groups of settings, each a table of ``hotline.toml``. ``hotline.settings`` puts them together."""

import ipaddress
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from agents.dial_rules import DEFAULT_ALLOWED, Hours, compile_pattern

if TYPE_CHECKING:
    from tickets.lookups import Question

Port = Annotated[int, Field(ge=1, le=65535)]
Host = Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9_.:-]+$")]


def split_at_commas(value: object) -> object:
    """Return the parts of a text from the environment; a list from the file as it is."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_none_if_empty)]
OptionalPath = Annotated[Path | None, BeforeValidator(_none_if_empty)]


def _network(value: str) -> str:
    ipaddress.ip_network(value, strict=False)  # its ValueError says what is wrong
    return value


def known_zone(value: str) -> str:
    """Return the name of a time zone; raises ``ValueError`` for one that is none."""
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {value!r}; write one like Asia/Shanghai") from error
    return value


class Group(BaseModel):
    """A table of the file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AsteriskSettings(Group):
    """Which Asterisk carries the calls."""

    mode: Literal["managed", "external"] = Field(
        "managed",
        description="whose it is. managed: `hotline up` renders the configuration of a private Asterisk and starts it. "
        "external: an Asterisk that is already running is used; set [ami] to reach it",
    )
    ready_s: float = Field(
        30, gt=0, le=600, description="seconds to wait for Asterisk to be ready before giving up with its last words"
    )


class SipSettings(Group):
    """Where the managed Asterisk is dialled: seats' softphones, the trunk, departments."""

    host: Host = Field(
        "127.0.0.1",
        description="address Asterisk listens on for SIP and RTP; 0.0.0.0 lets softphones on other machines in",
    )
    port: Port = Field(5060, description="UDP port of SIP")
    tls_port: int = Field(
        0, ge=0, le=65535,
        description="TCP port of SIP over TLS (5061 is usual), 0: none. Audio goes as it does without: by plain RTP",
    )  # fmt: skip
    tls_certificate: OptionalPath = Field(
        None,
        description="certificate for TLS (PEM, with those that vouch for it). Without one, one is made in the state "
        "folder, tls/hotline.pem: give that file to phones, as the authority that they trust",
    )
    tls_key: OptionalPath = Field(None, description="the key of tls_certificate (PEM, without a password)")
    rtp_first: Port = Field(10000, description="first UDP port of RTP; two are used per party of a call")
    rtp_last: Port = Field(19999, description="last UDP port of RTP")
    external_ip: str = Field(
        "",
        pattern=r"^([0-9A-Fa-f.:]{3,45})?$",
        description="IP address under which phones outside reach this machine, where it stands behind NAT; else empty",
    )
    check_phones_s: int = Field(
        5,
        ge=0,
        le=3600,
        description="seconds between two looks (SIP OPTIONS) whether a seat's phone is still there: one that goes "
        "silent is not rung from then on, until it answers again. A phone that has answered none since it registered "
        "(not every phone knows OPTIONS) is rung all the same. 0: none is sent; a dead phone is noticed when it is "
        "rung (no sign of life for 5 s), or when it does not renew its registration (2 minutes)",
    )
    lost_after_s: int = Field(
        120,
        ge=2,
        le=3600,
        description="seconds without any audio from a seat's phone in a talk, after which its network counts as lost: "
        "the caller is the next in the queue again. Phones that detect silence may send nothing for a while",
    )
    trunk_lost_after_s: int = Field(
        300, ge=2, le=3600, description="the same for the lines of callers and departments, whose part in the call ends"
    )
    trunk_peers: Annotated[
        list[Annotated[str, AfterValidator(_network)]], NoDecode, BeforeValidator(split_at_commas), Field(min_length=1)
    ] = Field(
        ["127.0.0.1"],
        description="IP addresses or networks whose calls are accepted as callers from the city's exchange; "
        "anybody there can call without a password, so list nothing else",
    )
    department_trunk: str = Field(
        "",
        pattern=r"^(sips?:[^\s;,\"<>]+)?$",
        description="SIP address that departments' numbers, and those that agents dial, are sent to, like "
        "sip:192.0.2.7:5060; empty: departments can be reached only where the directory names a seat for them",
    )

    @model_validator(mode="after")
    def _range(self) -> "SipSettings":
        if self.rtp_last < self.rtp_first + 3:
            raise ValueError(
                f"the RTP range {self.rtp_first}-{self.rtp_last} has no room for a call: raise rtp_last (a call of two "
                "needs four ports)"
            )
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together: name both files, or neither")
        return self


class AmiSettings(Group):
    """Asterisk's manager interface."""

    host: Host = Field("127.0.0.1", description="address of Asterisk's manager interface")
    port: Port = Field(5038, description="TCP port of the manager interface")
    user: str = Field("hotline", min_length=1, pattern=r"^\S+$", description="name of the manager account")
    secret: OptionalSecret = Field(
        None,
        description="its secret; needed for an external Asterisk only, the managed one gets a random one. Better given "
        "in the environment than in the file",
    )


class AgiSettings(Group):
    """The FastAGI server through which Asterisk hands calls to the service."""

    host: Host = Field("127.0.0.1", description="address the service listens on; the extension calls it there")
    port: Port = Field(4573, description="TCP port of FastAGI")


class HttpSettings(Group):
    """Metrics, health and the command line's way into the running service."""

    host: Host = Field("127.0.0.1", description="address to listen on; keep it on loopback, there is no encryption")
    port: Port = Field(9345, description="TCP port of /metrics, /health and the control API")


class StoreSettings(Group):
    """The ticket store."""

    url: OptionalSecret = Field(
        None,
        description="any SQLAlchemy async URL, like postgresql+asyncpg://user:password@host/hotline; "
        "empty: the SQLite file hotline.db in state_dir",
    )


class FileSettings(Group):
    """Where files lie. Relative paths start where the service is started."""

    dialplans: Path = Field(Path("dialplans"), description="folder of the call flows (*.yaml) and recorded prompts")
    directory: OptionalPath = Field(
        None, description="people, queues, departments and seats; empty: directory.yaml in the folder of the flows"
    )
    recordings: OptionalPath = Field(
        None, description="folder of recordings and voicemails; empty: recordings in state_dir"
    )
    prompts: OptionalPath = Field(None, description="folder of spoken prompts (a cache); empty: prompts in state_dir")


class CallSettings(Group):
    """How calls are carried where the directory does not say."""

    takeover_s: int = Field(
        60,
        ge=5,
        le=3600,
        description="seconds that waiting callers hear music while the service is away, before Asterisk rings seats "
        "by itself",
    )
    safety_ring_s: int = Field(
        30, ge=5, le=300, description="seconds for which Asterisk then rings the seats, before it gives up"
    )
    hold_s: int = Field(
        600,
        ge=5,
        le=3600,
        description="seconds for which whoever an agent has brought in hears music at most, while nobody fetches them; "
        "then an apology (closed_now in prompts.yaml), and they are hung up",
    )


class AgentSettings(Group):
    """How agents are treated."""

    miss_limit: int = Field(
        3, ge=1, le=100, description="so many offers in a row not taken put an agent on a break, until ready again"
    )
    missed_pause_s: float = Field(
        0, ge=0, le=28_800,
        description="seconds after which that break ends by itself; the next offer not taken begins it again. 0: it "
        "lasts until the agent, or a supervisor, says ready",
    )  # fmt: skip
    declines_count: bool = Field(True, description="whether an offer that an agent declines counts as not taken")
    aside_s: float = Field(
        10, ge=1, le=600, description="seconds without an offer for an agent who did not take one, below that limit"
    )
    not_again_s: float = Field(
        60,
        ge=0,
        le=3600,
        description="seconds in which an agent who did not take a caller is not offered that caller "
        "again, unless nobody else on duty could serve",
    )
    breaks_staff: bool = Field(
        False,
        description="whether people on a break that they chose count as on duty: then callers wait for them instead of "
        "hearing that nobody is there (nobody_staffed, overflow unstaffed)",
    )
    dial_wrap_up_s: float = Field(
        15,
        ge=0,
        le=3600,
        description="seconds of wrap-up after a talk that an agent dialled out for, to no queue's caller",
    )
    wrap_up_most_s: float = Field(
        3600, ge=1, le=28_800,
        description="seconds that a wrap-up may last in all, however often it is extended; a queue's own is never cut",
    )  # fmt: skip
    shift_policy: Literal["note", "refuse"] = Field(
        "note",
        description="what becomes of a log-in outside the shifts of the agent's team. note: it is marked (extra); "
        "refuse: it is not let in",
    )
    reconcile_s: float = Field(
        4,
        ge=0.5,
        le=60,
        description="seconds between two looks whether agents stand as Asterisk's channels say; what two looks "
        "in a row find wrong is repaired",
    )


def _pattern(value: str) -> str:
    compile_pattern(value)  # its ValueError says what is wrong
    return value


def _hours(value: str) -> str:
    Hours.parse(value)
    return value


_Patterns = Annotated[list[Annotated[str, AfterValidator(_pattern)]], NoDecode, BeforeValidator(split_at_commas)]


class SupervisionSettings(Group):
    """Supervisors who listen in to talks (``*21``, ``hotline listen``)."""

    beep_s: int = Field(
        0, ge=0, le=3600,
        description="seconds between two beeps that those who talk hear while somebody listens; 0: they hear none",
    )  # fmt: skip


class OutboundSettings(Group):
    """Calls that agents make from their seats (``*9`` and the number). They go out by ``sip.department_trunk``."""

    enabled: bool = Field(True, description="whether agents may dial out at all")
    allowed: _Patterns = Field(
        list(DEFAULT_ALLOWED),
        description="numbers that may be dialled: digits, X for any, [3-9] for some, ? behind one that may be missing, "
        "* at the end for any further ones. Emergency numbers (110, 119, 120, 122) are never dialled",
    )
    denied: _Patterns = Field([], description="numbers that may not be dialled, though they are allowed above")
    hours: Annotated[str, AfterValidator(_hours)] = Field(
        "08:00-21:00", description="time of day in which people may be called; 00:00-24:00: always"
    )
    caller_id: str = Field(
        "", pattern=r"^[0-9]{0,18}$", description="number that people who are called see; empty: dialled_number"
    )
    ring_s: int = Field(45, ge=5, le=180, description="seconds for which they are rung")
    tries_a_day: int = Field(
        5, ge=0, le=100, description="so often in a day somebody is dialled for a ticket and not reached; 0: no limit"
    )
    tries_apart_s: int = Field(
        300, ge=0, le=86400, description="seconds between two such tries; a talk begins the count anew"
    )


class DatabaseQuestion(Group):
    """A question that flows may ask a database (``do: lookup``, ``query: NAME``)."""

    database: SecretStr = Field(description="any SQLAlchemy async URL of an SQLite or PostgreSQL database")
    sql: str = Field(max_length=4000, description="one SELECT; what is sent stands in it as :name")

    @model_validator(mode="after")
    def _reads_only(self) -> "DatabaseQuestion":
        from tickets.lookups import wrong_with  # noqa: PLC0415 - SQLAlchemy is slow to import, and few have questions

        wrong = wrong_with(self.question)
        if wrong is not None:
            raise ValueError(wrong)
        return self

    @property
    def question(self) -> "Question":
        """The question, as the ticket room asks it."""
        from tickets.lookups import Question  # noqa: PLC0415 - as above

        return Question(self.database.get_secret_value(), self.sql)

    @property
    def needs(self) -> frozenset[str]:
        """The names of the values that must be sent."""
        from tickets.lookups import parameters  # noqa: PLC0415 - as above

        return parameters(self.sql)


class LookUpSettings(Group):
    """Other systems that flows may ask (``do: lookup``)."""

    hosts: Annotated[list[Host], NoDecode, BeforeValidator(split_at_commas)] = Field(
        [],
        description="hosts that may be asked over HTTP, like bills.example.gov.cn or 192.0.2.7:8080; no others are",
    )
    queries: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")], DatabaseQuestion] = Field(
        {},
        description="questions to databases, by name: each a table with database (any SQLAlchemy async URL of SQLite "
        "or PostgreSQL) and sql (one SELECT; what is sent stands in it as :name)",
    )


class ServiceLineSettings(Group):
    """The service line: closing in an emergency and the announcement of the day, by telephone and PIN."""

    number: str = Field(
        "",
        pattern=r"^[0-9]{0,15}$",
        description="number under which it is reached from outside; empty: from seats only, by *20",
    )


class LogSettings(Group):
    """The log."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is written")
    format: Literal["lines", "json"] = Field(
        "lines", description="what the terminal gets: readable lines or JSON. The log file is always JSON"
    )
