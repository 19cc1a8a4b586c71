"""An incident as Metaplane tells it, from the first failure to the end, on the wire.

Source of the bodies: https://docs.metaplane.dev/docs/webhooks (read 2026-11).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

import pytest
import requests

pytestmark = pytest.mark.slow

KEY = "metaplane-key-0123456789"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def set_up(installation):
    """A webhook that takes incidents as Metaplane sends them, and a receiver."""
    installation.set_up(
        event_types=(),
        key_field="id",
        auto_create_incidents="down",
        incident_severity="critical",
    )
    installation.call(
        "PATCH",
        f"services/{installation.service['id']}",
        entity_type="table",
        absolute_path="DB.SALES.ORDERS",
        labels={"team": "data"},
    )
    installation.call(
        "PATCH",
        f"webhooks/{installation.webhook['id']}",
        format="incident",
        event_types=["incident.*"],
        signature="hmac_hex",
        signature_header="x-metaplane-sig",
        secret=KEY,
    )


def post(installation, status):
    body = {
        "status": status,
        "id": "row-count",
        "message": "Fewer rows",
        "group": [{"name": "region", "value": "eu"}],
    }
    path = installation.receiver["url"].split("/", 3)[3]
    answer = requests.post(f"{installation.product.url}/{path}", json=body, timeout=10)
    assert answer.status_code == 200
    return answer.json()["items"][0]


def check_signature(request):
    expected = hmac.new(KEY.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-metaplane-sig"] == expected


def expected_body(installation, told, **changed):
    """Return the documented body, with the times and the link's id as they came."""
    service, link = installation.service["id"], told["affectedMonitors"][0]
    group = [{"name": "region", "value": "eu"}]
    shared = {
        "id": link["id"],
        "linkedAt": told["createdAt"],
        "resolvedAt": None,
        "group": group,
        "connections": [],
    }
    entity = {"entityType": "table", "absolutePath": "DB.SALES.ORDERS"}
    tags = [{"name": "team:data"}]
    monitor = {"id": service, "type": "SERVICE_STATUS", "name": "API Gateway"}
    body = {
        "id": told["id"],
        "createdAt": told["createdAt"],
        "updatedAt": told["updatedAt"],
        "idempotencyId": base64.b64encode(
            f"{told['id']}-{told['updatedAt']}".encode()
        ).decode(),
        "status": "opened",
        "acknowledged": False,
        "acknowledgedAt": None,
        "incidentUrl": f"{installation.product.url}/incidents/{told['id']}/",
        "labels": [],
        "affectedMonitors": [
            shared | {"monitor": monitor | entity | {"tags": tags, "owners": []}}
        ],
        "affectedMonitors_v2": [
            shared
            | {
                "monitor": [
                    monitor
                    | {
                        "tags": tags,
                        "entities": [{"id": service, "connectionId": "", **entity}],
                        "owners": [],
                    }
                ]
            }
        ],
    }
    for link in (*body["affectedMonitors"], *body["affectedMonitors_v2"]):
        link["resolvedAt"] = changed.get("resolvedAt")
    return body | {name: v for name, v in changed.items() if name != "resolvedAt"}


def test_opened_acknowledged_resolved(installation):
    set_up(installation)
    sink = installation.sink
    item = post(installation, "down")
    opened = sink.wait_for(1)[0].json()
    assert opened == expected_body(installation, opened)
    assert opened["id"] == item["incident"]
    assert opened["createdAt"] == opened["updatedAt"]
    assert MOMENT.fullmatch(opened["createdAt"])

    incident = f"incidents/{opened['id']}"
    shown = installation.call("POST", f"{incident}/acknowledge")
    acknowledged = sink.wait_for(2)[1].json()
    at = acknowledged["acknowledgedAt"]
    assert acknowledged == expected_body(
        installation, acknowledged, acknowledged=True, acknowledgedAt=at
    )
    assert shown["acknowledged_at"].startswith(at[:-1])

    assert post(installation, "operational")["incident"] == opened["id"]
    resolved = sink.wait_for(3)[2].json()
    ended = resolved["affectedMonitors"][0]["resolvedAt"]
    assert MOMENT.fullmatch(ended)
    assert resolved == expected_body(
        installation,
        resolved,
        status="resolved",
        acknowledged=True,
        acknowledgedAt=at,
        resolvedAt=ended,
    )
    bodies = (opened, acknowledged, resolved)
    assert {each["id"] for each in bodies} == {opened["id"]}
    assert len({each["idempotencyId"] for each in bodies}) == 3
    assert opened["updatedAt"] < acknowledged["updatedAt"] < resolved["updatedAt"]
    for request in sink.requests:
        check_signature(request)


def test_related_failure_is_a_second_monitor(installation):
    set_up(installation)
    sink = installation.sink
    installation.call("PATCH", f"services/{installation.service['id']}", group="Sales")
    other = installation.call("POST", "services", name="Returns", group="Sales")
    receiver = installation.call(
        "POST",
        "receivers",
        name="Other checks",
        service=other["id"],
        auto_create_incidents="down",
    )
    post(installation, "down")
    opened = sink.wait_for(1)[0].json()
    path = receiver["url"].split("/", 3)[3]
    requests.post(
        f"{installation.product.url}/{path}", json={"status": "down"}, timeout=10
    )
    joined = sink.wait_for(2)[1].json()
    assert joined["id"] == opened["id"]
    names = [each["monitor"]["name"] for each in joined["affectedMonitors"]]
    assert names == ["API Gateway", "Returns"]
    assert joined["affectedMonitors"][1]["linkedAt"] >= opened["createdAt"]
