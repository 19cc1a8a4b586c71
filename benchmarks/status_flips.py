"""Changes the status of a service again and again; tells when each change was true.

    python -m benchmarks.status_flips <page> <seconds between> <changes>

Each change has a number that stands on the page, so that every answer can be told from
those before and after it. Prints a line of JSON a change: its number, and the clock
before and after its commit.
"""

from __future__ import annotations

import json
import os
import sys
import time

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrations_project.settings")
    django.setup()
    from alerts.models import StatusPage

    page = StatusPage.objects.get(slug=sys.argv[1])
    pause, changes = float(sys.argv[2]), int(sys.argv[3])
    for number in range(1, changes + 1):
        before = time.perf_counter()
        flip(page, number)
        print(json.dumps([number, before, time.perf_counter()]), flush=True)
        time.sleep(pause)


def flip(page: object, number: int) -> None:
    """Change the status, and put the number on the page, in one transaction."""
    from django.db import transaction
    from django.utils import timezone

    from accounts.datatypes import SYSTEM
    from alerts.actions import change_service_status
    from alerts.datatypes import MANUAL, StatusUpdate
    from integrations_project.lib.ids import uuid7

    with transaction.atomic():
        component = page.components.first()  # type: ignore[attr-defined]  # a page
        component.description = f"flip {number}."
        component.save()
        update = StatusUpdate(
            status="down" if number % 2 else "operational",
            source=MANUAL,
            trace=uuid7(),
            now=timezone.now(),
        )
        change_service_status(component.service_id, update, actor=SYSTEM)


if __name__ == "__main__":
    main()
