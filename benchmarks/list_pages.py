"""The pages that `benchmarks.lists` asks for, and what they cost."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Organization, User
from benchmarks.history import write_history
from webhooks.models import Delivery

if TYPE_CHECKING:
    from datetime import datetime

    from webhooks.models import Destination

LIST = "/deliveries/"


def measure(count: int, *, rounds: int, goal_ms: float) -> None:
    """Write a history and print the best time and the statements of each page."""
    now = timezone.now()
    organization = Organization.objects.create(name="Benchmark", slug="benchmark")
    busy = write_history(organization, count=count, now=now)
    client = sign_in(organization)
    print(f"{connection.vendor}")
    slow = 0
    for path in list_paths(busy, count=count, now=now):
        best, queries = time_page(client, path, rounds=rounds)
        slow += best > goal_ms
        print(f"{best:7.1f} ms {queries:3} statements  {shorten(path, busy)}")
    print(f"{slow} of them over {goal_ms:g} ms")


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


def time_page(client: Client, path: str, *, rounds: int) -> tuple[float, int]:
    """Return the best time in milliseconds and the count of statements."""
    best, count = float("inf"), 0
    for _ in range(rounds):
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
