"""The templates of ``asterisk-config/`` rendered into Asterisk's own files."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from telephony.asterisk.config import AsteriskConfig
from telephony.asterisk.music import ensure_audio

TEMPLATES = Path(__file__).resolve().parents[2] / "asterisk-config"
_FOLDERS = ("etc", "lib", "spool", "log", "run", "keys")


def render(config: AsteriskConfig) -> Path:
    """Write all files below ``config.run_dir`` and return the path of asterisk.conf. Files are mode 0600."""
    for folder in _FOLDERS:
        (config.run_dir / folder).mkdir(parents=True, exist_ok=True)
    config.run_dir.chmod(0o700)
    ensure_audio(config.music_dir, config.sounds_dir)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    values = config.model_dump() | {"etc": config.run_dir / "etc"}
    for template in sorted(TEMPLATES.glob("*.conf.j2")):
        target = config.run_dir / "etc" / template.name.removesuffix(".j2")
        text = environment.get_template(template.name).render(values)
        target.touch(mode=0o600)
        target.write_text(text, encoding="utf-8")
    return config.run_dir / "etc" / "asterisk.conf"
