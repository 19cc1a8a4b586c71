"""Destinations of the kind email: a real mail server, the real pump."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from integrations_project.lib.ids import uuid7
from tests.factories import make_organization
from tests.smtp_server import HANG, HANG_UP
from webhooks.actions import publish, redeliver, save_destination, verify_destination
from webhooks.datatypes import NewEvent
from webhooks.models import Delivery, Destination

pytestmark = pytest.mark.django_db

EVENT = {
    "number": 7,
    "title": "The gateway is down",
    "severity": "major",
    "services": [{"id": "1", "name": "Gateway", "status": "down"}],
    "url": "http://127.0.0.1:8000/incidents/7/",
}


def make_mail_webhook(*recipients, **fields):
    destination = Destination(
        organization=make_organization(),
        label="On call",
        kind="email",
        recipients=list(recipients) or ["ops@example.com"],
        event_types=["*"],
        **fields,
    )
    return save_destination(destination, actor=SYSTEM, entered_secrets=())


def publish_incident(destination, **data):
    event = NewEvent(
        type="incident.opened",
        data=EVENT | data,
        occurred_at=timezone.now(),
        trace=uuid7(),
    )
    publish(destination.organization, event)
    return Delivery.objects.get(destination=destination)


def deliver(destination, pump_once, **data):
    delivery = publish_incident(destination, **data)
    pump_once()
    delivery.refresh_from_db()
    return delivery


def verify(destination):
    return verify_destination(destination, actor=SYSTEM, now=timezone.now())


def test_event_arrives_as_a_mail(mailbox, pump_once):
    webhook = make_mail_webhook("ops@example.com", "boss@example.com")

    delivery = deliver(webhook, pump_once)

    (mail,) = mailbox.mails
    assert mail.sender == "signalpost@example.com"
    assert mail.recipients == ["ops@example.com", "boss@example.com"]
    assert mail.message["Subject"] == "Incident opened: #7 The gateway is down"
    assert mail.message["To"] == "ops@example.com, boss@example.com"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["X-Signalpost-Event"] == str(delivery.event_id)
    assert "Severity: Major" in mail.part("plain")
    assert EVENT["url"] in mail.part("plain")
    assert f'href="{EVENT["url"]}"' in mail.part("html")
    assert delivery.status == "delivered"


def test_mails_about_one_incident_belong_together(mailbox, pump_once):
    webhook = make_mail_webhook()
    for event_type in ("incident.opened", "incident.resolved"):
        event = NewEvent(
            type=event_type, data=EVENT, occurred_at=timezone.now(), trace=uuid7()
        )
        publish(webhook.organization, event)

    pump_once()

    first, second = (mail.message for mail in mailbox.mails)
    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]


def test_attempt_shows_the_conversation(mailbox, pump_once):
    delivery = deliver(make_mail_webhook(), pump_once)

    attempt = delivery.attempts.get()
    assert attempt.url == "mailto:ops@example.com"
    assert attempt.status_code == 250
    assert "Message: 250 2.0.0 Ok: queued as 4F1" in attempt.response_body
    assert attempt.request_headers["To"] == "ops@example.com"
    assert attempt.remote_address == "127.0.0.1"
    assert attempt.timings["total_ms"] >= attempt.timings["connect_ms"] > 0


def test_busy_server_is_tried_again_with_the_same_mail(mailbox, pump_once):
    webhook = make_mail_webhook()
    mailbox.play("MAIL", "451 4.3.2 Try again later")

    delivery = deliver(webhook, pump_once)
    assert (delivery.status, delivery.last_error_code) == ("pending", "smtp_refused")
    Delivery.objects.update(due_at=timezone.now())
    pump_once()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("delivered", 2)
    redeliver(delivery, actor=SYSTEM, now=timezone.now())
    pump_once()
    ids = {mail.message["Message-ID"] for mail in mailbox.mails}
    assert (len(mailbox.mails), len(ids)) == (2, 1)


def test_unknown_mailbox_is_given_up(mailbox, pump_once):
    mailbox.always("RCPT", "550 5.1.1 No such user")

    delivery = deliver(make_mail_webhook(), pump_once)

    attempt = delivery.attempts.get()
    assert (delivery.status, attempt.error_code) == ("failed", "smtp_refused")
    assert "ops@example.com: 550 5.1.1 No such user" in attempt.error
    assert attempt.error_hint == "Correct or remove the address."


def test_relay_denied_is_tried_again(mailbox, pump_once):
    mailbox.always("RCPT", "550 5.7.1 Relaying denied")

    delivery = deliver(make_mail_webhook(), pump_once)

    assert (delivery.status, delivery.last_status_code) == ("pending", 550)


def test_one_bad_address_does_not_stop_the_others(mailbox, pump_once):
    mailbox.always("RCPT", "550 5.1.1 No such user", about="gone@example.com")
    webhook = make_mail_webhook("gone@example.com", "ops@example.com")

    delivery = deliver(webhook, pump_once)

    assert delivery.status == "delivered"
    assert mailbox.mails[0].recipients == ["ops@example.com"]
    attempt = delivery.attempts.get()
    assert attempt.response_headers == {"Refused-Recipients": "gone@example.com"}
    result = verify(webhook)
    assert (result.delivered, result.error_code) == (False, "smtp_partly_refused")
    assert "gone@example.com" in result.error_detail


def test_hanging_server_is_a_timeout(mailbox, pump_once):
    mailbox.always("BODY", HANG)

    delivery = deliver(make_mail_webhook(timeout_seconds=1), pump_once)

    attempt = delivery.attempts.get()
    assert (delivery.status, attempt.error_code) == ("pending", "timeout")
    assert 900 <= attempt.duration_ms < 3000


def test_lost_connection_is_tried_again(mailbox, pump_once):
    mailbox.play("DATA", HANG_UP)

    delivery = deliver(make_mail_webhook(), pump_once)

    assert (delivery.status, delivery.last_error_code) == ("pending", "connection_lost")


def test_server_that_is_away_is_named(mailbox, pump_once, settings):
    settings.EMAIL_PORT = 1

    delivery = deliver(make_mail_webhook(), pump_once)

    attempt = delivery.attempts.get()
    assert attempt.error_code == "smtp_unreachable"
    assert "127.0.0.1:1" in attempt.error
    assert "EMAIL_URL" in attempt.error_hint


def test_login_is_used_and_its_refusal_told(mailbox, pump_once, settings):
    mailbox.login = ("signalpost", "right")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "signalpost", "wrong"
    webhook = make_mail_webhook()

    assert verify(webhook).error_code == "smtp_auth_failed"
    settings.EMAIL_HOST_PASSWORD = "right"

    assert verify(webhook).delivered is True


def test_untrusted_certificate_is_refused(encrypted_mailbox):
    result = verify(make_mail_webhook())

    assert (result.delivered, result.error_code) == (False, "tls_failed")
    assert encrypted_mailbox.mails == []


def test_many_mails_go_out_side_by_side(mailbox, pump_once):
    webhook = make_mail_webhook(max_in_flight=50)
    for number in range(40):
        publish_more = NewEvent(
            type="incident.opened",
            data=EVENT | {"number": number},
            occurred_at=timezone.now(),
            trace=uuid7(),
        )
        publish(webhook.organization, publish_more)

    pump_once()

    assert len(mailbox.mails) == 40
    assert Delivery.objects.filter(status="delivered").count() == 40


def test_suspect_is_sent_alone(mailbox, pump_once):
    delivery = publish_incident(make_mail_webhook())
    Delivery.objects.update(is_suspect=True)

    pump_once()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.is_suspect) == ("delivered", False)
    assert len(mailbox.mails) == 1


def test_no_header_can_be_smuggled(mailbox, pump_once):
    title = "Down\r\nBcc: everyone@example.com"

    deliver(make_mail_webhook(), pump_once, title=title)

    message = mailbox.mails[0].message
    assert message["Bcc"] is None
    assert message["Subject"].endswith("Down Bcc: everyone@example.com")


def test_text_of_others_is_escaped(mailbox, pump_once):
    deliver(make_mail_webhook(), pump_once, title="<script>alert(1)</script>")

    assert "<script>" not in mailbox.mails[0].part("html")


def test_verify_says_where_mail_goes_without_a_server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    result = verify(make_mail_webhook())

    assert result.delivered is True
    assert "not sent: EMAIL_URL is consolemail://" in result.response_body
    assert json.loads(result.request_body)["title"] == "Test from Signalpost"


def test_disabled_webhook_skips_its_mail(mailbox, pump_once):
    webhook = make_mail_webhook(enabled=False)

    assert deliver(webhook, pump_once).status == "skipped"
    assert mailbox.mails == []


def test_recipients_are_cleaned_and_shown():
    webhook = make_mail_webhook(" Ops@example.com", "ops@example.com", "b@example.com")

    assert webhook.recipients == ["Ops@example.com", "b@example.com"]
    assert webhook.url == "mailto:Ops@example.com,b@example.com"
    assert webhook.format == "message"


@pytest.mark.parametrize(
    ("recipients", "sentence"),
    [
        pytest.param([], "at least one address", id="none"),
        pytest.param("ops@example.com", "as a list", id="text"),
        pytest.param([7], "as a list", id="number"),
        pytest.param(["ops"], "no e-mail address", id="no-at"),
        pytest.param(["a@example.com\nBcc: b@example.com"], "no e-mail", id="newline"),
        pytest.param(["a@example.com,b@example.com"], "no e-mail", id="two-in-one"),
        pytest.param(["Ops <ops@example.com>"], "no e-mail", id="name"),
        pytest.param(["ops@[127.0.0.1]"], "no e-mail address", id="address-literal"),
        pytest.param(['"a b"@example.com'], "no e-mail address", id="quoted"),
        pytest.param([f"u{n}@example.com" for n in range(51)], "at most 50", id="many"),
    ],
)
def test_wrong_recipients_are_refused(recipients, sentence):
    destination = Destination(
        organization=make_organization(),
        label="On call",
        kind="email",
        recipients=recipients,
    )

    with pytest.raises(ValidationError) as refused:
        save_destination(destination, actor=SYSTEM, entered_secrets=())

    assert sentence in refused.value.message_dict["recipients"][0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("secret", "s" * 30),
        ("auth_method", "bearer"),
        ("headers", {"X-Team": "ops"}),
        ("service_url", "tgram://1/2"),
        ("format", "slack"),
    ],
)
def test_fields_of_requests_are_refused(field, value):
    with pytest.raises(ValidationError) as refused:
        make_mail_webhook(**{field: value})

    assert field in refused.value.message_dict


def test_kind_is_fixed():
    webhook = make_mail_webhook()
    webhook.kind, webhook.url = "webhook", "http://127.0.0.1:9/"

    with pytest.raises(ValidationError) as refused:
        save_destination(webhook, actor=SYSTEM, entered_secrets=())

    assert "kind email, which is fixed" in refused.value.message_dict["kind"][0]


def test_retries_end_like_any_other(mailbox, pump_once):
    mailbox.always("MAIL", "451 4.3.2 Try again later")
    delivery = publish_incident(make_mail_webhook(retry_schedule=[1]))

    for _ in range(2):
        pump_once()
        later = timezone.now() - dt.timedelta(seconds=1)
        Delivery.objects.filter(status="pending").update(due_at=later)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("failed", 2)
    assert delivery.destination.consecutive_failures == 2
