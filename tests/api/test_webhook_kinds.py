"""E-mail and chat over REST: made, shown without secrets, tried and changed."""

from __future__ import annotations

import pytest

from tests.api.test_resources import assert_problem
from tests.http_server import Answer
from webhooks.models import Destination

TELEGRAM = "tgram://123456789:abcdefg_hijklmnopqrstuvwxyz0123456/-1001234567890/"


def create(api, **fields):
    response = api.post("webhooks", {"label": "Ops", **fields})
    assert response.status_code == 201, response.content
    return response.json()


@pytest.fixture
def channel(api, sink):
    url = f"{sink.url}services/T0AB12CD3/xyzzy7890secret"
    return create(api, kind="chat", url=url, format="discord")


def test_chat_address_is_never_shown_again(api, channel, sink):
    listed = api.get("webhooks")
    again = api.get(f"webhooks/{channel['id']}")

    assert channel["url"] == f"{sink.url}…"
    assert channel["stored_secrets"] == ["service_url"]
    assert b"xyzzy7890secret" not in listed.content + again.content


def test_shown_webhook_can_be_put_back(api, channel, sink):
    changed = api.put(f"webhooks/{channel['id']}", channel | {"label": "New"})

    assert changed.status_code == 200, changed.content
    stored = Destination.objects.get(pk=channel["id"])
    assert stored.label == "New"
    assert stored.service_url.endswith("xyzzy7890secret")


def test_new_chat_address_replaces_the_old(api, channel, sink):
    path = f"webhooks/{channel['id']}"
    changed = api.send("PATCH", path, {"url": f"{sink.url}services/new"})

    assert changed.json()["url"] == f"{sink.url}…"
    stored = Destination.objects.get(pk=channel["id"])
    assert stored.service_url == f"{sink.url}services/new"


def test_chat_is_tried_by_its_stored_address(api, channel, sink):
    sink.always(Answer(204, b""))

    result = api.post(f"webhooks/{channel['id']}/verify").json()

    assert (result["delivered"], result["status_code"]) == (True, 204)
    assert sink.requests[0].path == "/services/T0AB12CD3/xyzzy7890secret"
    assert "embeds" in sink.requests[0].json()


def test_service_is_made_by_its_address(api):
    made = create(api, kind="chat", service_url=TELEGRAM)

    assert (made["url"], made["format"]) == ("tgram://…", "message")
    assert made["stored_secrets"] == ["service_url"]


def test_service_with_a_host_is_refused(api):
    body = {"label": "Ops", "kind": "chat", "service_url": "json://127.0.0.1"}

    problem = assert_problem(api.post("webhooks", body), 400)

    assert "not among the services" in problem["errors"]["service_url"][0]


def test_email_is_tried_before_it_is_saved(api, mailbox):
    body = {"label": "Ops", "kind": "email", "recipients": ["ops@example.com"]}

    result = api.post("webhooks/verify", body).json()

    assert (result["delivered"], result["status_code"]) == (True, 250)
    assert "queued as" in result["response"]["body"]
    assert result["request"]["headers"]["To"] == "ops@example.com"
    assert mailbox.mails[0].message["Subject"] == "Test from Signalpost"


def test_refused_email_says_why(api, mailbox):
    mailbox.always("RCPT", "550 5.1.1 No such user")
    body = {"label": "Ops", "kind": "email", "recipients": ["gone@example.com"]}

    result = api.post("webhooks/verify", body).json()

    assert result["delivered"] is False
    assert result["error"]["code"] == "smtp_refused"
    assert "gone@example.com: 550" in result["error"]["detail"]


def test_email_cannot_become_a_webhook(api):
    made = create(api, kind="email", recipients=["ops@example.com"])
    changes = {"kind": "webhook", "url": "http://127.0.0.1:9/"}

    problem = assert_problem(api.send("PATCH", f"webhooks/{made['id']}", changes), 400)

    assert "fixed once it is made" in problem["errors"]["kind"][0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param(
            "mailto:a@example.com,b@example.com",
            ["a@example.com", "b@example.com"],
            id="mailto",
        ),
        pytest.param(" a@example.com ", ["a@example.com"], id="bare"),
        pytest.param("a@x.example, b@x.example", ["a@x.example", "b@x.example"]),
        pytest.param("MAILTO:a%2Bb@x.example?subject=Hi", ["a+b@x.example"]),
    ],
)
def test_email_is_made_by_its_url(api, url, expected):
    made = create(api, kind="email", url=url)

    assert made["recipients"] == expected
    assert made["url"] == f"mailto:{','.join(expected)}"
    assert made["format"] == "message"


def test_email_is_changed_by_its_url_or_its_recipients(api):
    made = create(api, kind="email", url="a@example.com")
    path = f"webhooks/{made['id']}"

    by_url = api.patch(path, {"url": "mailto:b@example.com"}).json()
    by_recipients = api.put(path, by_url | {"recipients": ["c@example.com"]}).json()
    emptied = assert_problem(api.patch(path, {"recipients": []}), 400)

    assert by_url["recipients"] == ["b@example.com"]
    assert by_recipients["url"] == "mailto:c@example.com"
    assert list(emptied["errors"]) == ["recipients"]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        pytest.param({}, "recipients", "Enter at least one address", id="none"),
        pytest.param(
            {"recipients": "ops@example.com"},
            "recipients",
            'Write a list such as ["ops@example.com"].',
            id="a text",
        ),
        pytest.param(
            {"recipients": ["ops"]}, "recipients", "is no e-mail address", id="wrong"
        ),
        pytest.param(
            {"url": "mailto:ops"}, "recipients", "is no e-mail address", id="wrong url"
        ),
        pytest.param(
            {"url": "https://example.com/"},
            "recipients",
            "Enter at least one address",
            id="web address",
        ),
        pytest.param(
            {"kind": "chat"},
            "service_url",
            "The address is missing",
            id="chat",
        ),
    ],
)
def test_missing_address_is_said_once(api, body, field, words):
    body = {"label": "Ops", "kind": "email"} | body

    errors = assert_problem(api.post("webhooks", body), 400)["errors"]

    assert list(errors) == [field]
    assert words in errors[field][0]
