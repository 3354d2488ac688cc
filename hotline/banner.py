"""What ``hotline up`` prints when callers can be served: what to dial, an account to copy, where things are."""

import socket
from collections.abc import Mapping

import psutil
from rich.console import Console

from agents import Directory
from calls import AgentId
from hotline.settings import Settings
from hotline.settings_groups import SipSettings
from telephony.asterisk import Secrets


def print_banner(settings: Settings, directory: Directory, secrets: Secrets, pins: Mapping[AgentId, str]) -> None:
    """Print it."""
    where = f"{_reachable(settings.sip)}:{settings.sip.port}"
    seats = sorted(directory.seat_ids())
    seat = seats[0]
    agent = min(directory.people)
    person = directory.people[agent]
    state = settings.state_dir
    lines = [
        "",
        f"[bold green]{settings.dialled_number} is open.[/]  Ctrl-C stops it.",
        "",
        f"  dial            sip:{settings.dialled_number}@{where}   (UDP or TCP, G.711, RFC 4733 digits)",
        f"  seats           {len(seats)}: {seats[0]} … {seats[-1]}",
        f"  a softphone     user {seat}   password {secrets.seats[seat]}   registrar {where}",
        f"  an agent        id {agent}   PIN {pins[agent]}   ({person.name}): dial *11 from the seat, then *12",
        f"  service line    *20 from a seat: close in an emergency, announcement of the day; PIN in "
        f"{settings.service_pin_file}",
        f"  all accounts    {settings.secrets_file}, PINs in {settings.pins_file}",
        "",
        f"  log             {settings.log_file}",
        f"  recordings      {settings.recordings_dir}",
        f"  ticket store    {_without_password(settings.store_url)}",
        f"  Asterisk's log  {state / 'asterisk' / 'log' / 'messages.log'}",
        f"  metrics         http://{settings.http.host}:{settings.http.port}/metrics",
        "",
        "  simulated calls .venv/bin/hotline simulate --calls 20 --rate 2 --seats 5",
        "  what happened   .venv/bin/hotline calls      tickets | agents | queue | status",
        "",
    ]
    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        console.print(line)


def _reachable(sip: SipSettings) -> str:
    """Return the address that phones are to use: where Asterisk listens everywhere, one by which others reach us."""
    if sip.host != "0.0.0.0":
        return sip.host
    if sip.external_ip:
        return sip.external_ip
    addresses = (address for card in psutil.net_if_addrs().values() for address in card)
    own = (address.address for address in addresses if address.family == socket.AF_INET)
    return next((address for address in own if not address.startswith("127.")), "127.0.0.1")


def _without_password(url: str) -> str:
    scheme, found, rest = url.partition("://")
    return f"{scheme}{found}{rest.rpartition('@')[2]}"
