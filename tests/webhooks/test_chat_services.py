"""Services that Apprise reaches: which addresses are let through, and real sends."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from apprise import NotifyBase
from apprise.manager_plugins import NotificationManager
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from tests.certificates import make_certificate
from tests.factories import make_organization
from tests.webhooks.egress_proxy import EgressProxy
from webhooks.actions import publish, save_destination, verify_destination
from webhooks.chat.schemas import ARGUMENTS, SCHEMAS
from webhooks.chat.services import find_service_error
from webhooks.engine.chat_service import ServiceCourier
from webhooks.models import Delivery, Destination

TOKEN = "123456789:abcdefg_hijklmnopqrstuvwxyz0123456"
TELEGRAM = f"tgram://{TOKEN}/-1001234567890/"
#: Names of places in an address that say where to connect to.
HOST_TOKENS = {"host", "port", "hostname", "url", "domain", "server", "path"}
BUILDS_A_HOST = re.compile(r"[\"'](?:https?|wss?)://(?:[^/\"'\s]*[{%]|[\"'])")


def source_of(plugin):
    module = Path(sys.modules[plugin.__module__].__file__)
    inner = module.parent.name != "plugins"
    paths = module.parent.glob("*.py") if inner else [module]
    return "".join(path.read_text() for path in paths)


@pytest.mark.parametrize("schema", sorted(SCHEMAS))
def test_schema_has_a_fixed_host(schema):
    plugin = NotificationManager()[schema]

    assert plugin.enabled
    tokens = set(re.findall(r"\{(\w+)\}", " ".join(plugin.templates)))
    assert not tokens & HOST_TOKENS
    assert not BUILDS_A_HOST.search(source_of(plugin))


def test_arguments_are_those_of_the_services():
    manager = NotificationManager()
    known = {name for schema in SCHEMAS for name in manager[schema].template_args}

    assert known >= ARGUMENTS
    assert not ARGUMENTS & set(NotifyBase.template_args)


@pytest.mark.parametrize(
    "address",
    [
        TELEGRAM,
        f"{TELEGRAM}?silent=yes&thread=7",
        "pover://u2345678901234567890123456789a@a2345678901234567890123456789b",
        "pagerduty://a2345678901234567890123456789b@0123456789abcdef0123456789abcdef",
    ],
)
def test_complete_address_is_let_through(address):
    assert find_service_error(address) == ""


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("json://127.0.0.1", "not among the services"),
        ("jsons://example.com", "not among the services"),
        ("form://localhost", "not among the services"),
        ("xml://localhost", "not among the services"),
        ("mmost://127.0.0.1/token", "not among the services"),
        ("mailto://user:password@example.com", "not among the services"),
        ("file:///etc/passwd", "not among the services"),
        ("dbus://", "complete address"),
        ("syslog://local0", "not among the services"),
        ("vapid://a@example.com/b", "not among the services"),
        ("fcm://project@key/target", "not among the services"),
        ("apprises://example.com/key", "not among the services"),
        (f"{TELEGRAM}?attach=file:///etc/passwd", "The argument attach"),
        (f"{TELEGRAM}?template=/etc/passwd", "The argument template"),
        (f"{TELEGRAM}?verify=no", "The argument verify"),
        (f"{TELEGRAM}?redirect=yes", "The argument redirect"),
        (f"{TELEGRAM}?store=yes", "The argument store"),
        (f"{TELEGRAM}?+X-Header=1", "The argument +x-header"),
        (f"{TELEGRAM}?:token=1", "The argument :token"),
        ("tgram://nonsense", "not complete"),
        ("tgram://", "complete address"),
        (f"{TELEGRAM} json://127.0.0.1", "complete address"),
        (f"{TELEGRAM}\njson://127.0.0.1", "complete address"),
        (f"tgram://{'1' * 3000}", "complete address"),
        ("tgram://…", "complete address"),
        ("nonsense", "complete address"),
    ],
)
def test_other_addresses_are_refused(address, sentence):
    error = find_service_error(address)

    assert sentence in error
    assert TOKEN not in error


@pytest.fixture
def telegram(tmp_path, monkeypatch):
    """The Bot API's host, played by an egress proxy on loopback."""
    certificate = make_certificate(tmp_path, "api.telegram.org")
    proxy = EgressProxy(certificate)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    yield proxy
    proxy.close()


def make_service_webhook(address=TELEGRAM, **fields):
    destination = Destination(
        organization=make_organization(),
        label="Telegram",
        kind="chat",
        service_url=address,
        event_types=["*"],
        **fields,
    )
    return save_destination(destination, actor=SYSTEM, entered_secrets=())


def deliver(webhook, new_event, pump_once):
    publish(webhook.organization, new_event())
    pump_once()
    return Delivery.objects.get(destination=webhook)


@pytest.mark.django_db
def test_message_arrives(telegram, new_event, pump_once):
    delivery = deliver(make_service_webhook(), new_event, pump_once)

    assert delivery.status == "delivered"
    ((path, body),) = telegram.requests
    assert telegram.connects == ["api.telegram.org:443"]
    assert path == f"/bot{TOKEN}/sendMessage"
    assert b"The gateway is down" in body


@pytest.mark.django_db
def test_refusal_is_told_without_the_token(telegram, new_event, pump_once):
    telegram.answer = (
        401,
        b'{"ok": false, "description": "Unauthorized: %s"}' % (TOKEN.encode()),
    )

    delivery = deliver(make_service_webhook(), new_event, pump_once)

    attempt = delivery.attempts.get()
    assert (delivery.status, attempt.error_code) == ("pending", "chat_refused")
    assert attempt.status_code == 401
    assert "Telegram" in attempt.error
    assert attempt.url == "tgram://…"
    assert "hijklmnop" not in f"{attempt.error}{attempt.response_body}"


@pytest.mark.django_db
def test_service_out_of_reach_is_tried_again(telegram, new_event, pump_once):
    telegram.close()

    delivery = deliver(make_service_webhook(), new_event, pump_once)

    assert (delivery.status, delivery.last_error_code) == (
        "pending",
        "chat_unreachable",
    )


@pytest.mark.django_db
def test_redirect_is_not_followed(telegram, new_event, pump_once):
    telegram.answer = 302, b""

    delivery = deliver(make_service_webhook(), new_event, pump_once)

    assert (delivery.status, len(telegram.requests)) == ("pending", 1)


@pytest.mark.django_db
def test_verify_says_that_it_was_taken(telegram):
    result = verify_destination(
        make_service_webhook(), actor=SYSTEM, now=timezone.now()
    )

    assert (result.delivered, result.request_url) == (True, "tgram://…")
    assert result.response_body == "The service took it."
    assert TOKEN not in str(result)


@pytest.mark.django_db
def test_refused_address_is_named_at_its_field():
    with pytest.raises(ValidationError) as refused:
        make_service_webhook("json://127.0.0.1/x")

    assert "not among" in refused.value.message_dict["service_url"][0]


@pytest.mark.django_db
def test_address_that_is_no_longer_allowed_is_not_used(new_event, pump_once):
    webhook = make_service_webhook()
    Destination.objects.filter(pk=webhook.pk).update(service_url="json://127.0.0.1/x")

    delivery = deliver(webhook, new_event, pump_once)

    assert (delivery.status, delivery.last_error_code) == ("failed", "service_refused")


def test_address_stays_out_of_representations():
    assert TOKEN not in repr(ServiceCourier(TELEGRAM))
