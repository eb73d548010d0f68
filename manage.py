#!/usr/bin/env python
"""Command-line door to Garner: `manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memoryproject.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (after the environment)

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
