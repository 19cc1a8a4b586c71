"""The pages that `benchmarks.lists` asks for, and what they cost."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Membership, Organization, User  # noqa: E402
from benchmarks.history import write_history  # noqa: E402
from webhooks.models import Delivery  # noqa: E402

if TYPE_CHECKING:
    from datetime import datetime

    from webhooks.models import Destination

LIST = "/deliveries/"
ROUNDS = 5


def main() -> None:
    count = int(sys.argv[1])
    now = timezone.now()
    organization = Organization.objects.create(name="Benchmark", slug="benchmark")
    busy = write_history(organization, count=count, now=now)
    client = sign_in(organization)
    pages = [
        (shorten(path, busy), *time_page(client, path))
        for path in list_paths(busy, count=count, now=now)
    ]
    print(json.dumps(pages))


def sign_in(organization: Organization) -> Client:
    """Return a client on which an Admin is signed in."""
    settings.ALLOWED_HOSTS = ["*"]
    user = User.objects.create_user("benchmark@example.com", "only for a benchmark")
    Membership.objects.create(user=user, organization=organization, role="admin")
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def list_paths(busy: Destination, *, count: int, now: datetime) -> list[str]:
    """Return every filter alone, the combinations that are hard, and other pages."""
    old = f"{now - timedelta(days=29):%Y-%m-%dT%H:%M}"
    end = f"{now - timedelta(days=28):%Y-%m-%dT%H:%M}"
    rare = Delivery.objects.exclude(destination=busy).values("destination")[:1]
    window = f"since=between&from={old}&until={end}"
    queries = [
        "",
        *(f"status={status}" for status in Delivery.Status.values),
        f"webhook={busy.pk}",
        f"webhook={rare[0]['destination']}",
        f"webhook={busy.pk}&status=failed",
        f"webhook={busy.pk}&status=cancelled",
        "type=incident.*",
        "type=alert.device_offline",
        "type=alert.device_offline&status=failed",
        "since=1h",
        "since=30d",
        window,
        f"{window}&status=skipped",
        f"{window}&q=needle",
        "q=needle",
        "q=Service 77",
        "q=hook-123.example.com",
        "q=no such words&status=failed",
        f"q={count // 2}",
        f"before={count // 2}",
        f"after={count // 2}&type=alert.device_offline",
        f"before={count // 2}&q=needle",
    ]
    event = Delivery.objects.get(pk=count // 2)
    return [
        *(f"{LIST}?{query}" for query in queries),
        f"{LIST}?q={event.trace}",
        f"{LIST}{count // 2}/",
        f"/traces/{event.trace}/",
        "/search/?q=Webhook",
        "/settings/integrations/webhooks/",
        busy.get_absolute_url(),
        f"{busy.get_absolute_url()}?status=failed",
        "/",
    ]


def time_page(client: Client, path: str) -> tuple[float, int]:
    """Return the best time in milliseconds and the count of statements."""
    best, count = float("inf"), 0
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        answer = client.get(path)
        best = min(best, (time.perf_counter() - begin) * 1000)
        if answer.status_code != 200:
            message = f"{path} answered {answer.status_code}."
            raise AssertionError(message)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
        count = len(captured)
    return best, count


def shorten(path: str, busy: Destination) -> str:
    """Return a path as it is read best."""
    return path.replace(str(busy.pk), "busy")


if __name__ == "__main__":
    main()
