"""The links of a real mail are followed, and are nowhere else to be seen."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import User
from alerts.actions import open_incident
from integrations_project.lib.redaction import conceal_links
from tests.factories import make_api_key, make_destination, make_service
from tests.http_server import Answer
from tests.webhooks.test_email import make_mail_webhook
from webhooks.models import Attempt, Delivery, Payload

pytestmark = pytest.mark.django_db
HREF = re.compile(r'href="http://127\.0\.0\.1:8000(/respond/[^"]+)">(\w+)<')


@pytest.fixture
def told(mailbox, pump_once):
    """An incident, and the links of the mail that told of it."""
    webhook = make_mail_webhook()
    organization = webhook.organization
    incident = open_incident(
        organization,
        title="The gateway is down",
        severity="major",
        services=[make_service(organization=organization)],
        actor=SYSTEM,
        now=timezone.now(),
    )
    pump_once()
    (mail,) = mailbox.mails
    html, plain = mail.part("html"), mail.part("plain")
    links = {label: path for path, label in HREF.findall(html)}
    assert all(
        f"{label}: http://127.0.0.1:8000{p}" in plain for label, p in links.items()
    )
    return incident, links


def test_mail_acknowledges_and_resolves(told, mailbox, pump_once):
    incident, links = told
    assert list(links) == ["Acknowledge", "Resolve"]
    scanner = Client()
    assert {scanner.get(path).status_code for path in links.values()} == {200}
    incident.refresh_from_db()
    assert not incident.acknowledged

    reader = Client(enforce_csrf_checks=True)
    assert reader.post(links["Acknowledge"]).status_code == 200
    incident.refresh_from_db()
    assert incident.acknowledged_by == "A link in a message to On call"
    pump_once()
    second = mailbox.mails[-1].part("html")
    assert [label for _, label in HREF.findall(second)] == ["Resolve"]

    assert reader.post(links["Resolve"]).status_code == 200
    incident.refresh_from_db()
    assert not incident.is_open
    pump_once()
    assert "/respond/" not in mailbox.mails[-1].part("html")


def test_log_shows_no_live_link(told):
    incident, links = told
    organization = incident.organization
    _, key = make_api_key(organization=organization, scope="read")
    client = Client()
    operator = User.objects.create_superuser("operator@example.com", "x")
    client.force_login(operator, "django.contrib.auth.backends.ModelBackend")
    delivery = Delivery.objects.get()
    attempt = Attempt.objects.get()
    api = f"/api/v1/deliveries/{delivery.pk}"
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    pages = [
        client.get(f"{api}/attempts", **bearer),
        client.get(api, **bearer),
        client.get(f"/api/v1/events/{delivery.event_id}", **bearer),
        client.get(f"/admin/webhooks/delivery/{delivery.pk}/change/"),
        client.get(f"/admin/webhooks/attempt/{attempt.pk}/change/"),
        client.get(f"/admin/webhooks/event/{delivery.event_id}/change/"),
    ]
    assert {page.status_code for page in pages} <= {200, 404}
    assert pages[0].status_code == pages[3].status_code == 200
    text = "".join(page.content.decode() for page in pages)
    assert "respond/[redacted]" in text
    assert not [path for path in links.values() if path.split("/")[2] in text]


@pytest.mark.parametrize(
    "echo",
    ["{url}", "\\/respond\\/{token}\\/", "%2Frespond%2F{token}%2F"],
    ids=["plain", "escaped", "encoded"],
)
def test_echoes_are_masked(told, echo):
    _, links = told
    token = links["Resolve"].split("/")[2]
    said = echo.format(url=f"http://x{links['Resolve']}", token=token)
    assert token not in conceal_links(f'{{"you sent": "{said}"}}')


def test_endpoint_that_repeats_a_link_is_masked(sink, pump_once):
    destination = make_destination(url=sink.url, format="slack")
    open_incident(
        destination.organization,
        title="Down",
        severity="major",
        services=[],
        actor=SYSTEM,
        now=timezone.now(),
    )
    body = Payload.objects.get().body
    sink.always(Answer(body=body.encode()))
    pump_once()
    (request,) = sink.requests
    assert request.body.decode() == body
    attempt = Attempt.objects.get()
    assert attempt.response_body.count("respond/[redacted]") == 2
    assert not re.search(r"respond/[\w-]", attempt.response_body)
