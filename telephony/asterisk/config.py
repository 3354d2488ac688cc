"""What is rendered into Asterisk's files, checked so that no value can break out of its place."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, computed_field

_PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
_BREAKS_OUT = re.compile(r"[\x00-\x1f\x7f;\[\]\"'`\\|]")


def _plain(value: str) -> str:
    if _BREAKS_OUT.search(value):
        raise ValueError("may not hold control characters or any of ; [ ] \" ' ` \\ |")
    return value


Plain = Annotated[str, AfterValidator(_plain)]
Digits = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)  # it may be a password


class SeatAccount(_Model):
    """A seat's SIP account."""

    id: Digits
    secret: Plain = Field(repr=False)
    name: Plain = ""


class DepartmentLine(_Model):
    """A department as the agents' feature codes see it."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    code: Annotated[str, Field(pattern=r"^[0-9]{2}$")]


class AsteriskConfig(_Model):
    """Everything the templates need. Ports are numbers, times seconds; ``bind`` is the address to listen on."""

    run_dir: Path
    modules_dir: Path
    data_dir: Path
    sounds_dir: Path  # the beep, and what the service leaves there (``hotline.last_words``)
    music_dir: Path
    node: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,16}$")] = "a1"
    bind: Plain = "127.0.0.1"
    sip_port: Port = 5060
    tls_port: Annotated[int, Field(ge=0, le=65535)] = 0  # 0: no TLS
    tls_certificate: Plain = ""
    tls_key: Plain = ""
    rtp_first: Port = 10000
    rtp_last: Port = 19999
    ami_host: Plain = "127.0.0.1"
    ami_port: Port = 5038
    ami_user: Plain = "hotline"
    ami_secret: Plain = Field(repr=False)
    agi_host: Plain = "127.0.0.1"
    agi_port: Port = 4573
    seats: tuple[SeatAccount, ...]
    trunk_peers: tuple[Plain, ...] = ("127.0.0.1",)
    department_trunk: Plain = ""  # sip:host:port; "" when departments are seats only
    departments: tuple[DepartmentLine, ...] = ()
    takeover_s: Annotated[int, Field(ge=5, le=3600)] = 60
    safety_ring_s: Annotated[int, Field(ge=5, le=300)] = 30
    hold_s: Annotated[int, Field(ge=5, le=3600)] = 600  # music for whom an agent has brought in and nobody fetches
    external_ip: Plain = ""
    check_phones_s: Annotated[int, Field(ge=0, le=3600)] = 5  # seconds between OPTIONS to seats' phones; 0: none
    lost_after_s: Annotated[int, Field(ge=2, le=3600)] = 120  # without audio from a seat's phone
    trunk_lost_after_s: Annotated[int, Field(ge=2, le=3600)] = 300  # ... from a caller or department

    @computed_field  # type: ignore[prop-decorator]
    @property
    def local_networks(self) -> tuple[str, ...]:
        """Where phones stand inside, when this machine is behind NAT: private networks but that of ``external_ip``."""
        try:
            outside = ipaddress.ip_address(self.external_ip)
        except ValueError:
            return ()
        return tuple(network for network in _PRIVATE if outside not in ipaddress.ip_network(network))
