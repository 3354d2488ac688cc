"""``python -m hotline.serve``: the service alone, as ``hotline up`` starts it."""

import sys

from hotline.service import serve
from hotline.settings_file import SettingsMistake, load_settings


def main() -> int:
    """Load the settings and serve; return the exit code."""
    try:
        settings = load_settings()
    except SettingsMistake as error:
        sys.stderr.write("\n".join(["The settings cannot be used:", *error.mistakes]) + "\n")
        return 2
    return serve(settings)


if __name__ == "__main__":
    sys.exit(main())
