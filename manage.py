#!/usr/bin/env python
"""Command-line door to Garner: `manage.py help` lists what it can do."""

import os
import sys

EX_CONFIG = 78  # sysexits.h: what supervisors take for "trying again is useless"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryproject.settings")
    from django.conf import settings  # noqa: PLC0415 (after the environment)
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        settings.configured or settings.DEBUG  # noqa: B018 (reads the settings, which may be wrong)
    except (ImproperlyConfigured, ValueError) as error:
        sys.stderr.write(f"A setting is wrong: {error}\n")
        sys.exit(EX_CONFIG)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
