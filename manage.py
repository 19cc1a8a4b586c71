#!/usr/bin/env python
"""Run Signalpost's management commands."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Prepare the environment for a first start, then hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrations_project.settings")
    if sys.argv[1:2] == ["bootstrap"]:
        # Settings refuse to load without keys, so they are written before.
        from integrations_project.environment import ensure_env_file

        ensure_env_file()
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
