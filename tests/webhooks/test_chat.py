"""Chat tools by their own addresses, which are secrets and say the format."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from tests.factories import make_organization
from tests.http_server import Answer
from webhooks.actions import publish, save_destination, verify_destination
from webhooks.chat.addresses import find_chat_format, mask_address
from webhooks.kinds import settle_kind
from webhooks.models import Delivery, Destination

pytestmark = pytest.mark.django_db

TOKEN = "T0AB12CD3/B0EF45GH6/xyzzy7890secret"


def build_chat_webhook(url, **fields):
    return Destination(
        organization=make_organization(),
        label="Channel",
        kind="chat",
        url=url,
        event_types=["*"],
        **fields,
    )


def make_chat_webhook(url, **fields):
    destination = build_chat_webhook(url, **fields)
    return save_destination(destination, actor=SYSTEM, entered_secrets=())


@pytest.fixture
def channel(sink):
    """A channel behind a proxy of the user's own: the format is chosen by hand."""
    return make_chat_webhook(f"{sink.url}services/{TOKEN}", format="slack")


def deliver(destination, new_event, pump_once):
    publish(destination.organization, new_event())
    pump_once()
    return Delivery.objects.get(destination=destination)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "slack"),
        ("https://hooks.slack.com/triggers/T0/1/x", "slack_workflow"),
        ("https://discord.com/api/webhooks/1/abc", "discord"),
        ("https://ptb.discord.com/api/webhooks/1/abc", "discord"),
        ("https://discord.com/api/webhooks/1/abc/slack", "slack"),
        ("https://acme.webhook.office.com/webhookb2/1@2/IncomingWebhook/3", "teams"),
        ("https://prod-1.westus.logic.azure.com:443/workflows/1/triggers", "teams"),
        ("https://x.01.environment.api.powerplatform.com:443/p/1", "teams"),
        ("https://discord.com.evil.example/api/webhooks/1/abc", ""),
        ("https://notdiscord.com/api/webhooks/1/abc", ""),
        ("https://evil.example/?x=hooks.slack.com", ""),
        ("https://[::1", ""),
    ],
)
def test_format_follows_from_the_host(url, name):
    assert find_chat_format(url) == name


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com/…"),
        ("https://a:b@proxy.example:8443?t=1", "https://proxy.example:8443/…"),
        ("tgram://123:abc/456", "tgram://…"),
        ("nonsense", "…"),
        ("", ""),
    ],
)
def test_address_is_shown_without_its_path(address, shown):
    assert mask_address(address) == shown


@pytest.mark.parametrize("name", ["slack", "slack_workflow", "teams", "discord"])
def test_message_of_each_tool_arrives(sink, new_event, pump_once, name):
    webhook = make_chat_webhook(f"{sink.url}services/{TOKEN}", format=name)

    delivery = deliver(webhook, new_event, pump_once)

    (request,) = sink.requests
    assert request.path == f"/services/{TOKEN}"
    assert request.body.decode() == delivery.payload.body
    assert "The gateway is down" in request.body.decode()
    assert delivery.status == "delivered"


def test_address_is_stored_as_a_secret(channel, sink):
    channel = Destination.objects.get(pk=channel.pk)

    assert channel.url == f"{sink.url}…"
    assert channel.service_url == f"{sink.url}services/{TOKEN}"


def test_nothing_stored_shows_the_address(channel, sink, new_event, pump_once):
    echo = f"no channel at /services/{TOKEN}".encode()
    sink.always(Answer(404, echo, headers=[("X-Echo", TOKEN)]))

    delivery = deliver(channel, new_event, pump_once)

    attempt = delivery.attempts.get()
    shown = [
        attempt.url,
        attempt.response_body,
        str(attempt.response_headers),
        attempt.error,
        delivery.last_error,
        str(list(AuditEntry.objects.values_list("changes", flat=True))),
    ]
    assert attempt.url == f"{sink.url}…"
    assert not [text for text in shown if "xyzzy7890secret" in text]


def test_verify_shows_no_address_either(channel, sink):
    sink.always(Answer(403, f"bad token {TOKEN}".encode()))

    result = verify_destination(channel, actor=SYSTEM, now=timezone.now())

    assert result.request_url == f"{sink.url}…"
    assert "xyzzy7890secret" not in str(result)


def test_asked_pause_is_kept(channel, sink, new_event, pump_once):
    sink.play(Answer(429, b'{"retry_after": 90}', headers=[("Retry-After", "90")]))

    delivery = deliver(channel, new_event, pump_once)

    assert delivery.status == "pending"
    assert 80 < (delivery.due_at - timezone.now()).total_seconds() <= 91


def test_editing_something_else_keeps_the_address(channel, sink):
    edited = Destination.objects.get(pk=channel.pk)
    edited.label = "Another"

    save_destination(edited, actor=SYSTEM, entered_secrets=())

    assert Destination.objects.get(pk=channel.pk).service_url.endswith(TOKEN)


def test_new_address_takes_the_place_of_the_old(channel, sink):
    edited = Destination.objects.get(pk=channel.pk)
    edited.url = f"{sink.url}services/new"

    save_destination(edited, actor=SYSTEM, entered_secrets=())

    stored = Destination.objects.get(pk=channel.pk)
    assert stored.service_url == f"{sink.url}services/new"
    assert stored.url == f"{sink.url}…"


def test_shown_form_of_another_host_changes_nothing(channel, sink):
    edited = Destination.objects.get(pk=channel.pk)
    edited.url = "http://127.0.0.1:1/…"

    save_destination(edited, actor=SYSTEM, entered_secrets=())

    assert Destination.objects.get(pk=channel.pk).url == f"{sink.url}…"


@pytest.mark.parametrize(
    ("address", "chosen", "name"),
    [
        ("https://discord.com/api/webhooks/1/abc", "standard", "discord"),
        ("https://discord.com/api/webhooks/1/abc", "message", "discord"),
        ("https://proxy.example/hook", "teams", "teams"),
        ("tgram://1/2", "standard", "message"),
        ("tgram://1/2", "slack", "message"),
    ],
)
def test_format_follows_from_the_address(address, chosen, name):
    webhook = build_chat_webhook(address, format=chosen)

    settle_kind(webhook)

    assert webhook.format == name


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        pytest.param({}, "format", "choose the format slack", id="unknown-host"),
        pytest.param(
            {"format": "message"},
            "format",
            "slack, slack_workflow, teams",
            id="message",
        ),
        pytest.param({"format": "incident"}, "format", "chat", id="no-chat-format"),
        pytest.param(
            {"format": "slack", "recipients": ["a@example.com"]},
            "recipients",
            "of the kind email",
            id="recipients",
        ),
    ],
)
def test_what_does_not_fit_is_refused(sink, fields, field, sentence):
    with pytest.raises(ValidationError) as refused:
        make_chat_webhook(f"{sink.url}services/x", **fields)

    assert sentence in refused.value.message_dict[field][0]


@pytest.mark.parametrize(
    ("url", "field", "sentence"),
    [
        pytest.param("https://10.0.0.1/services/x", "url", "10.0.0.1", id="private"),
        pytest.param(
            "https://hooks.slack.com/…", "url", "whole address", id="shown-form"
        ),
        pytest.param("", "service_url", "address is missing", id="empty"),
    ],
)
def test_wrong_addresses_are_refused(url, field, sentence):
    with pytest.raises(ValidationError) as refused:
        make_chat_webhook(url, format="slack")

    assert sentence in refused.value.message_dict[field][0]


def test_webhook_takes_no_service_url(sink):
    webhook = build_chat_webhook(sink.url)
    webhook.kind, webhook.service_url = "webhook", "tgram://1/2"

    with pytest.raises(ValidationError) as refused:
        save_destination(webhook, actor=SYSTEM, entered_secrets=())

    assert "service_url" in refused.value.message_dict
