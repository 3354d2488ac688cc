"""From settings and directory to what Asterisk is given, and to where seats and departments are rung."""

from collections.abc import Callable

from agents import Directory
from calls import SeatId
from calls.identity import Address
from hotline.settings import Settings
from telephony.asterisk import AsteriskConfig, AsteriskProgram, DepartmentLine, SeatAccount, Secrets
from telephony.room import Department as DepartmentTarget

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
    )


def department_targets(
    settings: Settings, directory: Directory, *, seat_address: Callable[[SeatId], Address]
) -> dict[str, DepartmentTarget]:
    """Return where each department is rung now, by key; those without a way (no trunk set) are left out."""
    targets: dict[str, DepartmentTarget] = {}
    for key, department in directory.departments.items():
        if department.seat is not None:
            targets[key] = DepartmentTarget(key, seat_address(SeatId(department.seat)), department.seat)
        elif department.number is not None and settings.sip.department_trunk:
            targets[key] = DepartmentTarget(key, _through_trunk(settings, department.number), department.number)
    return targets


def outside_address(settings: Settings, number: str) -> Address | None:
    """Return where a number outside is rung, None when there is no way out. ``number`` must be digits."""
    if not (number.isascii() and number.isdigit()):
        raise ValueError("a number to be dialled is digits")
    return _through_trunk(settings, number) if settings.sip.department_trunk else None


def _through_trunk(settings: Settings, number: str) -> Address:
    host = settings.sip.department_trunk.partition(":")[2]
    return Address(f"PJSIP/{TRUNK}/sip:{number}@{host.rpartition('@')[2]}")
