"""A monitor of real processes pushes what changed, and speaks of a service."""

from __future__ import annotations

import json

import pytest
import requests

from tests.e2e.meter_site import Site, let_it_be_due, make_client, wait_until
from tests.http_server import Answer

pytestmark = pytest.mark.slow
HOUR = 3600
#: The keys of the documented body, in their order.
DOCUMENTED = [
    "job_id",
    "schedule_id",
    "status",
    "url",
    "results",
    "item_count",
    "has_changes",
    "content_hash",
    "completed_at",
    "metadata",
]


@pytest.fixture(scope="module")
def client(shared_product):
    with make_client(shared_product, scope="admin") as made:
        yield made


@pytest.fixture
def call(client, shared_product):
    """Call the REST API with the client's key."""

    def call(method, path, **body):
        answer = requests.request(
            method,
            f"{shared_product.url}/api/v1/{path}",
            json=body if method == "POST" else None,
            headers={"Authorization": f"Bearer {client.api_key}"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json()

    return call


def watch(client, site, **fields):
    strategy = client.extract_content(f"{site.url}/docs", "Docs")
    return client.create_schedule(
        strategy["strategy_id"],
        url=f"{site.url}/docs",
        interval_seconds=HOUR,
        **fields,
    )


def test_change_is_pushed_with_secret_and_retried(
    client, shared_product, site, make_sink
):
    receiver = make_sink()
    made = watch(
        client,
        site,
        webhook_url=f"{receiver.url}hook",
        webhook_secret="between us",
        webhook_metadata={"team": "data", "tags": [1, None]},
    )
    receiver.wait_for(1, seconds=30)
    site.docs(basic=7)
    receiver.play(Answer(status=503))
    let_it_be_due(shared_product, made["schedule_id"])
    refused, again = receiver.wait_for(3, seconds=60)[1:]

    assert refused.path == again.path == "/hook"
    assert refused.body == again.body
    assert again.headers["X-Webhook-Secret"] == "between us"
    body = again.json()
    assert list(body) == DOCUMENTED
    assert (body["status"], body["has_changes"]) == ("completed", True)
    assert body["metadata"] == {"team": "data", "tags": [1, None]}
    prices = {"heading": "Prices", "level": 1, "content": "Basic: 7 €"}
    assert body["results"][0] == prices


def test_workflow_of_slack_gets_texts_alone(client, site, make_sink):
    receiver = make_sink()
    watch(client, site, webhook_url=receiver.url, webhook_type="slack_workflow")

    body = receiver.wait_for(1, seconds=30)[0].json()

    assert {type(value) for value in body.values()} == {str}
    assert (body["has_changes"], body["item_count"]) == ("false", "2")
    assert body["url"] == f"{site.url}/docs"


def test_rule_tells_changes_only(client, call, shared_product, site, make_sink):
    own, told = make_sink(), make_sink()
    webhook = call("POST", "webhooks", label="Changes", url=told.url)
    call(
        "POST",
        "rules",
        label="Changed pages",
        event_types=["monitor.*"],
        options={"changes_only": True},
        conditions=[{"field": "metadata.for", "op": "equals", "value": "rule"}],
        targets=[{"webhook": webhook["id"]}],
    )
    metadata = {"for": "rule"}
    made = watch(client, site, webhook_url=own.url, webhook_metadata=metadata)
    own.wait_for(1, seconds=30)
    site.docs(basic=9)
    let_it_be_due(shared_product, made["schedule_id"])
    own.wait_for(2, seconds=30)

    [request] = told.wait_for(1, seconds=30)
    event = request.json()
    assert event["type"] == "monitor.job_completed"
    assert event["data"]["has_changes"] is True


SPEAK = """
from alerts.models import Service
from accounts.datatypes import SYSTEM
from django.utils import timezone
from monitors.actions.schedules import change_schedule
from monitors.models import Schedule
change_schedule(
    Schedule.objects.get(pk={schedule!r}),
    values={{
        "service": Service.objects.get(pk={service!r}),
        "failure_threshold": 2,
        "auto_create_incidents": "down",
        "expectations": {{"text": "Basic", "no_text": "Maintenance"}},
    }},
    actor=SYSTEM,
    now=timezone.now(),
)
"""


def test_plain_http_check_drives_a_service(client, call, shared_product, make_sink):
    site, told = Site(make_sink()), make_sink()
    call(
        "POST",
        "webhooks",
        label="Incidents",
        url=told.url,
        event_types=["incident.*"],
        format="incident",
    )
    service = call("POST", "services", name="Shop")
    made = watch(client, site)
    schedule_id = made["schedule_id"]
    script = SPEAK.format(schedule=schedule_id, service=service["id"])
    shared_product.manage("shell", "--no-imports", "-c", script)

    def run_again():
        before = len(client.list_jobs(schedule_id=schedule_id))
        let_it_be_due(shared_product, schedule_id)

        def find():
            jobs = client.list_jobs(schedule_id=schedule_id)
            is_done = all(j["status"] in ("completed", "failed") for j in jobs)
            return jobs if len(jobs) > before and is_done else None

        return wait_until(find)

    def status():
        return call("GET", f"services/{service['id']}")["status"]

    wait_until(lambda: client.list_jobs(schedule_id=schedule_id, status="completed"))
    site.docs(basic=5, extra="Maintenance until noon")
    run_again()
    assert status() == "operational"
    site.sink.always(Answer(status=500, body=b"Broken"), path="/docs")
    run_again()
    assert status() == "down"
    site.docs(basic=5)
    run_again()
    assert status() == "operational"
    opened, resolved = (json.loads(r.body) for r in told.wait_for(2, seconds=30))
    assert (opened["status"], resolved["status"]) == ("opened", "resolved")
    assert opened["id"] == resolved["id"]
