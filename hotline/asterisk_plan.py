"""From settings and directory to what Asterisk is given, and to where numbers outside are rung."""

from agents import Directory
from calls.identity import Address
from hotline.settings import Settings
from telephony.ami import AmiSettings
from telephony.ami_events import WANTED
from telephony.asterisk import AsteriskConfig, AsteriskProgram, DepartmentLine, SeatAccount, Secrets
from telephony.asterisk.secrets import load_secrets

TRUNK = "departments"  # the endpoint of pjsip.conf through which departments outside are rung


def asterisk_config(
    settings: Settings, directory: Directory, secrets: Secrets, program: AsteriskProgram
) -> AsteriskConfig:
    """Return what is rendered. Raises pydantic's ``ValidationError`` for a value that could break out of its place."""
    state = settings.state_dir.absolute()
    return AsteriskConfig(
        run_dir=state / "asterisk",
        modules_dir=program.modules,
        data_dir=program.data,
        sounds_dir=state / "sounds",
        music_dir=state / "music",
        bind=settings.sip.host,
        sip_port=settings.sip.port,
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
        external_ip=settings.sip.external_ip,
        check_phones_s=settings.sip.check_phones_s,
        lost_after_s=settings.sip.lost_after_s,
        trunk_lost_after_s=settings.sip.trunk_lost_after_s,
    )


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
