"""The form of a webhook: kinds, signatures, authorizations, templates."""

from __future__ import annotations

import pytest

from tests.factories import make_destination, make_event, make_network
from webhooks.models import Destination

pytestmark = pytest.mark.django_db

LIST = "/settings/integrations/webhooks/"
SLACK = "https://hooks.slack.com/services/T000/B000/the-secret-path"
WEBHOOK = {
    "label": "Pager",
    "kind": "webhook",
    "url": "http://127.0.0.1:47999/hook",
    "format": "standard",
    "auth_method": "none",
    "signature": "standard_webhooks",
}


def test_mail_needs_people_only(client, sign_in):
    sign_in()
    typed = {"label": "On call", "kind": "email", "recipients": "ops@example.com"}
    client.post(f"{LIST}add/", typed)
    webhook = Destination.objects.get()
    assert webhook.recipients == ["ops@example.com"]
    assert webhook.format == "message"
    page = client.get(f"{webhook.get_absolute_url()}edit/").content.decode()
    assert "ops@example.com" in page
    for name in ('name="url"', 'name="secret"', 'name="auth_method"', 'name="kind"'):
        assert name not in page


@pytest.mark.parametrize(
    ("kind", "typed", "sentence"),
    [
        ("email", {}, "Enter at least one address"),
        ("email", {"recipients": "nobody"}, "is no e-mail address"),
        ("chat", {}, "Enter the address of the chat"),
        ("chat", {"service_url": "json://127.0.0.1/"}, "json"),
        ("chat", {"service_url": "https://10.1.2.3/x"}, "10.1.2.3 is a private"),
        ("pigeon", {}, "Choose Webhook, E-mail or Chat."),
    ],
)
def test_wrong_address_is_said_at_its_field(client, sign_in, kind, typed, sentence):
    sign_in()
    answer = client.post(f"{LIST}add/", {"label": "x", "kind": kind} | typed)
    assert answer.status_code == 422
    form = answer.context["form"]
    place = {"email": "recipients", "chat": "service_url"}.get(kind, "kind")
    assert sentence in " ".join(form.errors[place])
    assert not Destination.objects.exists()


def test_stored_chat_address_is_not_shown_and_kept(client, sign_in, organization):
    sign_in()
    webhook = make_destination(
        organization=organization,
        kind="chat",
        url="https://hooks.slack.com/…",
        service_url=SLACK,
        format="slack",
    )
    url = f"{webhook.get_absolute_url()}edit/"
    for path in (url, webhook.get_absolute_url()):
        assert "the-secret-path" not in client.get(path).content.decode()
    form = client.get(url).context["form"]
    assert form.chosen_kind == "chat"
    assert form["format"].value() == "slack"


def test_change_of_kind_keeps_what_was_typed(client, sign_in, organization):
    make_network(organization=organization)
    sign_in()
    typed = WEBHOOK | {"kind": "chat", "do": "choose", "headers": "X-Team: ops"}
    answer = client.post(f"{LIST}add/", typed)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "has-error" not in page
    assert f'name="url" value="{WEBHOOK["url"]}"' in page
    assert 'name="headers" value="X-Team: ops"' in page
    assert "As the address says" in page


@pytest.mark.parametrize(
    ("method", "typed"),
    [
        ("basic", {"username": "ops", "password": "pass-word"}),
        ("bearer", {"token": "a-token"}),
        (
            "oauth2",
            {
                "oauth2_token_url": "http://127.0.0.1:47999/token",
                "oauth2_client_id": "signalpost",
                "oauth2_client_secret": "client-secret",
                "oauth2_scope": "events",
            },
        ),
    ],
)
def test_only_the_chosen_authorization_is_kept(client, sign_in, method, typed):
    sign_in()
    everything = {
        "username": "other",
        "password": "other",
        "token": "other",
        "oauth2_client_id": "other",
        "oauth2_client_secret": "other",
        "client_certificate": "other",
        "client_key": "other",
    }
    sent = WEBHOOK | everything | typed | {"auth_method": method}
    answer = client.post(f"{LIST}add/", sent)
    assert answer.status_code == 302, answer.context["form"].errors
    webhook = Destination.objects.get()
    assert {name: getattr(webhook, name) for name in typed} == typed
    left = [n for n in everything if n not in typed and getattr(webhook, n)]
    assert left == []
    page = client.get(f"{webhook.get_absolute_url()}edit/").content.decode()
    for secret in ("pass-word", "a-token", "client-secret"):
        assert secret not in page


def test_ed25519_key_is_made_and_its_public_half_shown(client, sign_in):
    sign_in()
    typed = WEBHOOK | {"signature": "ed25519", "do": "generate"}
    made = client.post(f"{LIST}add/", typed).context["form"]
    secret, public_key = made["secret"].value(), made.public_key
    assert secret.startswith("whsk_")
    client.post(f"{LIST}add/", WEBHOOK | {"signature": "ed25519", "secret": secret})
    webhook = Destination.objects.get()
    for path in ("", "edit/"):
        page = client.get(webhook.get_absolute_url() + path).content.decode()
        assert public_key in page
        assert secret not in page


def test_template_is_checked_and_only_kept_with_its_format(client, sign_in):
    sign_in()
    typed = WEBHOOK | {"format": "template", "template": '{"a": "{{ nonsense }}"}'}
    wrong = client.post(f"{LIST}add/", typed)
    assert "nonsense" in " ".join(wrong.context["form"].errors["template"])
    typed["template"] = '{"a": "{{ title }}"}'
    client.post(f"{LIST}add/", typed)
    webhook = Destination.objects.get()
    assert webhook.template == typed["template"]
    client.post(f"{webhook.get_absolute_url()}edit/", typed | {"format": "standard"})
    webhook.refresh_from_db()
    assert webhook.template == ""


def test_preview_fills_the_template(client, sign_in, organization):
    sign_in("viewer")
    asked = {"format": "template", "template": '{"a": "{{ data.title }}"}'}
    page = client.post(f"{LIST}preview/", asked).content.decode()
    assert "Example service is down" in page
    assert "{{ data.severity }}" in page
    assert "latest real event" not in page

    data = {"title": "The real one", "status": "opened", "services": []}
    make_event(organization=organization, data=data)
    make_event(data={"title": "Of somebody else"})
    real = client.post(f"{LIST}preview/", asked | {"sample": "latest"})
    assert "The real one" in real.content.decode()
    assert "Of somebody else" not in real.content.decode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        pytest.param(
            {"kind": "chat", "service_url": SLACK}, "&quot;blocks&quot;", id="slack"
        ),
        pytest.param(
            {
                "kind": "chat",
                "service_url": "https://discord.com/api/webhooks/1/x",
                "format": "message",
            },
            "&quot;embeds&quot;",
            id="discord rather than a message",
        ),
        pytest.param(
            {"kind": "chat", "service_url": "tgram://1:x/2"},
            "Message:",
            id="a service of Apprise",
        ),
        pytest.param({"kind": "chat"}, "Enter the address", id="no address yet"),
        pytest.param(
            {"kind": "chat", "service_url": "https://chat.example.com/x"},
            "Choose the format",
            id="an address that tells nothing",
        ),
        pytest.param({"kind": "email"}, "Message:", id="mail"),
        pytest.param(
            {"kind": "email", "format": "standard"}, "Message:", id="mail too"
        ),
    ],
)
def test_preview_shows_what_saving_settles_on(client, sign_in, asked, words):
    sign_in("viewer")
    page = client.post(f"{LIST}preview/", asked).content.decode()
    assert words in page
    assert "template-check" not in page  # only a webhook's form has its place


def test_preview_goes_by_the_stored_address(client, sign_in, organization):
    sign_in()
    webhook = make_destination(
        organization=organization, kind="chat", service_url=SLACK, format="slack"
    )
    asked = {"kind": "chat", "webhook": str(webhook.pk)}
    assert (
        client.post(f"{LIST}preview/", asked).context["sample_format"].name == "slack"
    )
    asked["webhook"] = str(make_destination(kind="chat", service_url=SLACK).pk)
    assert client.post(f"{LIST}preview/", asked).status_code == 404


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        ("email", {"recipients": "ops@example.com"}, "Message:"),
        ("chat", {"service_url": SLACK}, "&quot;blocks&quot;"),
    ],
)
def test_form_begins_with_the_sample_of_its_kind(client, sign_in, kind, typed, words):
    sign_in()
    sent = {"label": "x", "kind": kind, "do": "choose"} | typed
    assert words in client.post(f"{LIST}add/", sent).content.decode()


def test_form_says_how_often_one_may_verify(client, sign_in):
    sign_in()
    page = client.get(f"{LIST}add/").content.decode()
    assert "Try it with Verify, up to 10 times a minute" in page


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": "{{ x"}', "[" * 5000, "\0", "{" * 30_000]
)
def test_preview_of_a_wrong_template_says_why(client, sign_in, text):
    sign_in()
    answer = client.post(f"{LIST}preview/", {"format": "template", "template": text})
    assert answer.status_code == 200
    assert answer.context["template_error"]


def test_rate_limit_is_set_and_taken_off(client, sign_in):
    sign_in()
    client.post(f"{LIST}add/", WEBHOOK | {"rate_per_minute": "90"})
    webhook = Destination.objects.get()
    assert webhook.rate_per_minute == 90
    url = f"{webhook.get_absolute_url()}edit/"
    wrong = client.post(url, WEBHOOK | {"rate_per_minute": "0"})
    assert "rate_per_minute" in wrong.context["form"].errors
    client.post(url, WEBHOOK | {"rate_per_minute": ""})
    webhook.refresh_from_db()
    assert webhook.rate_per_minute is None
