"""Nobody takes an incident: real processes tell one step after the other."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook

pytestmark = pytest.mark.slow

#: Long enough for the regular task to come round once more.
SECONDS = 150
LET_TIME_PASS = (
    "from datetime import timedelta\n"
    "from django.db.models import F\n"
    "from alerts.models import Escalation\n"
    "rows = Escalation.objects.filter(next_at__isnull=False)\n"
    "print(rows.update(next_at=F('next_at') - timedelta(minutes=10)))"
)
ESCALATE = "from alerts.tasks import escalate; escalate()"


def run(installation, script):
    return installation.product.manage("shell", "--no-imports", "-c", script)


def test_steps_are_told_until_somebody_acknowledges(installation):
    installation.set_up(event_types=[], auto_create_incidents="down")
    steps = [{"webhook": installation.webhook["id"], "wait_minutes": 5}]
    for label in ("second", "third"):
        webhook = installation.call(
            "POST",
            "webhooks",
            label=label,
            url=f"{installation.sink.url}{label}",
            secret=installation.secret,
        )
        steps.append({"webhook": webhook["id"], "wait_minutes": 5})
    installation.call(
        "POST", "escalation-policies", label="All", is_default=True, steps=steps
    )

    installation.post("down", "No answer")
    first = installation.sink.wait_for(1)[0]
    event = Webhook(installation.secret).verify(first.body, dict(first.headers))
    assert event["type"] == "incident.escalated"
    assert event["data"]["status"] == "opened"

    # Five minutes later, as the database has it; the regular task finds it so.
    assert run(installation, LET_TIME_PASS).strip().endswith("1")
    _, second = installation.sink.wait_for(2, SECONDS)
    assert second.path.endswith("/second")

    incident = installation.call("GET", "incidents")["results"][0]
    installation.call("POST", f"incidents/{incident['id']}/acknowledge")
    assert run(installation, LET_TIME_PASS).strip().endswith("0")
    run(installation, ESCALATE)
    assert len(installation.sink.requests) == 2
    lines = [
        update["message"]
        for update in installation.call("GET", f"incidents/{incident['id']}")["updates"]
        if update["kind"] == "escalated"
    ]
    assert lines[:2] == ["Step 1: told Endpoint.", "Step 2: told second."]
    assert lines[2].startswith("Escalation stopped: ")
