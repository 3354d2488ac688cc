"""From settings and directory to what Asterisk is given, and to where numbers outside are rung."""

import socket

from agents import Directory
from calls.identity import Address
from hotline.settings import Settings
from telephony.ami import AmiSettings
from telephony.ami_events import WANTED
from telephony.asterisk import AsteriskConfig, AsteriskProgram, DepartmentLine, SeatAccount, Secrets, own_certificate
from telephony.asterisk.secrets import load_secrets

TRUNK = "departments"  # the endpoint of pjsip.conf through which departments outside are rung


def asterisk_config(
    settings: Settings, directory: Directory, secrets: Secrets, program: AsteriskProgram
) -> AsteriskConfig:
    """Return what is rendered. Raises pydantic's ``ValidationError`` for a value that could break out of its place.

    With ``sip.tls_port``, the installation's certificate is made where none is named; raises ``ValueError`` when a
    file that is named is missing.
    """
    state = settings.state_dir.absolute()
    certificate, key = _certificate(settings)
    return AsteriskConfig(
        run_dir=state / "asterisk",
        modules_dir=program.modules,
        data_dir=program.data,
        sounds_dir=state / "sounds",
        music_dir=state / "music",
        bind=settings.sip.host,
        sip_port=settings.sip.port,
        tls_port=settings.sip.tls_port,
        tls_certificate=certificate,
        tls_key=key,
        rtp_first=settings.sip.rtp_first,
        rtp_last=settings.sip.rtp_last,
        ami_host=settings.ami.host,
        ami_port=settings.ami.port,
        ami_user=settings.ami.user,
        ami_secret=settings.ami.secret.get_secret_value() if settings.ami.secret else secrets.ami,
        agi_host=settings.agi.host,
        agi_port=settings.agi.port,
        seats=tuple(SeatAccount(id=seat, secret=secrets.seats[seat]) for seat in sorted(directory.seat_ids())),
        trunk_peers=tuple(settings.sip.trunk_peers),
        department_trunk=settings.sip.department_trunk,
        departments=tuple(
            DepartmentLine(key=key, code=department.code) for key, department in directory.departments.items()
        ),
        takeover_s=settings.calls.takeover_s,
        safety_ring_s=settings.calls.safety_ring_s,
        hold_s=settings.calls.hold_s,
        external_ip=settings.sip.external_ip,
        check_phones_s=settings.sip.check_phones_s,
        lost_after_s=settings.sip.lost_after_s,
        trunk_lost_after_s=settings.sip.trunk_lost_after_s,
    )


def _certificate(settings: Settings) -> tuple[str, str]:
    """Return the files of certificate and key for TLS, "" without it."""
    sip = settings.sip
    if not sip.tls_port:
        return "", ""
    if sip.tls_certificate is None or sip.tls_key is None:
        hosts = [sip.host, sip.external_ip, "127.0.0.1", "localhost", socket.gethostname()]
        names = list(dict.fromkeys(host for host in hosts if host not in ("", "0.0.0.0", "::")))
        certificate, key = own_certificate(settings.state_dir.absolute() / "tls", names)
        return str(certificate), str(key)
    for name, file in (("tls_certificate", sip.tls_certificate), ("tls_key", sip.tls_key)):
        if not file.is_file():
            raise ValueError(f"sip.{name}: there is no file {file}: name the right one, or neither to have one made")
    return str(sip.tls_certificate.absolute()), str(sip.tls_key.absolute())


def outside_address(settings: Settings, number: str) -> Address | None:
    """Return where a number outside is rung, None when there is no way out. ``number`` must be digits."""
    if not (number.isascii() and number.isdigit()):
        raise ValueError("a number to be dialled is digits")
    return _through_trunk(settings, number) if settings.sip.department_trunk else None


def _through_trunk(settings: Settings, number: str) -> Address:
    host = settings.sip.department_trunk.partition(":")[2]
    return Address(f"PJSIP/{TRUNK}/sip:{number}@{host.rpartition('@')[2]}")


def ami_settings(settings: Settings, directory: Directory) -> AmiSettings:
    """Return how Asterisk's manager is reached; our own Asterisk's secret is that of the installation."""
    ami = settings.ami
    if ami.secret is not None:
        secret = ami.secret.get_secret_value()
    else:
        secret = load_secrets(settings.secrets_file, sorted(directory.seat_ids())).ami
    return AmiSettings(ami.user, secret, host=ami.host, port=ami.port, wanted=WANTED)
