"""The templates of ``asterisk-config/`` rendered into Asterisk's own files."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from telephony.ami_events import WANTED
from telephony.asterisk.config import AsteriskConfig
from telephony.asterisk.music import ensure_audio
from telephony.call_data import HEADERS
from telephony.codes import CODES, COLLECTED_S

TEMPLATES = Path(__file__).resolve().parents[2] / "asterisk-config"
_FOLDERS = ("etc", "lib", "spool", "log", "run")
FOR_OTHERS = ("pjsip", "extensions", "manager", "features", "confbridge", "musiconhold", "rtp")
"""What calls need; where files lie, which modules are loaded and what is logged is the other Asterisk's own affair."""


def render(config: AsteriskConfig) -> Path:
    """Write all files below ``config.run_dir`` and return the path of asterisk.conf. Files are mode 0600."""
    for folder in _FOLDERS:
        (config.run_dir / folder).mkdir(parents=True, exist_ok=True)
    config.run_dir.chmod(0o700)
    ensure_audio(config.music_dir, config.sounds_dir)
    _write(config, config.run_dir / "etc", sorted(TEMPLATES.glob("*.conf.j2")))
    return config.run_dir / "etc" / "asterisk.conf"


def render_for_others(config: AsteriskConfig, folder: Path) -> list[Path]:
    """Write what an Asterisk that is not ours needs into ``folder``, and return the files (mode 0600)."""
    folder.mkdir(parents=True, exist_ok=True)
    ensure_audio(config.music_dir, config.sounds_dir)
    return _write(config, folder, [TEMPLATES / f"{name}.conf.j2" for name in FOR_OTHERS])


def _write(config: AsteriskConfig, folder: Path, templates: Sequence[Path]) -> list[Path]:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    data = [(field.upper(), header) for field, header in HEADERS.items()]
    values = config.model_dump() | {
        "etc": folder, "call_data": data, "ami_events": sorted(WANTED), "codes": sorted(CODES),
        "next_digit_ms": round(COLLECTED_S * 1000),
    }  # fmt: skip
    written: list[Path] = []
    for template in templates:
        target = folder / template.name.removesuffix(".j2")
        text = environment.get_template(template.name).render(values)
        target.touch(mode=0o600)
        target.write_text(text, encoding="utf-8")
        written.append(target)
    return written
