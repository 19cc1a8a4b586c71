"""The form of a webhook: save, errors, secrets, Verify, the sample."""

from __future__ import annotations

import pytest

from tests.factories import make_destination, make_network
from tests.http_server import Answer
from webhooks.models import Delivery, Destination

pytestmark = pytest.mark.django_db

LIST = "/settings/integrations/webhooks/"
SECRET = "whsec_" + "QUJD" * 8
HTMX = {"HX-Request": "true"}
FORM = {
    "label": "Pager",
    "url": "http://127.0.0.1:47999/hook",
    "secret": "",
    "auth_method": "none",
    "event_types": "incident.*\nalert.*",
    "format": "standard",
    "headers": "",
    "timeout_seconds": "30",
    "max_in_flight": "10",
    "signature": "standard_webhooks",
    "retry_schedule": "",
}


@pytest.fixture
def stored(organization):
    """Give a webhook with something secret in every place."""
    return make_destination(
        organization=organization,
        url="http://127.0.0.1:47999/hook",
        secret=SECRET,
        auth_method="basic",
        username="ops",
        password="the-password",
        headers={"X-Team": "ops", "X-Api-Key": "the-key"},
    )


EDIT = FORM | {
    "auth_method": "basic",
    "username": "ops",
    "password": "",
    "headers": "X-Team: ops\nX-Api-Key: [redacted]",
}


def test_webhook_is_added(client, sign_in):
    sign_in()
    answer = client.post(
        f"{LIST}add/",
        FORM
        | {
            "secret": SECRET,
            "auth_method": "bearer",
            "token": "a-token",
            "headers": "X-Team: ops",
            "retry_schedule": "5 s, 5 min, 2h, 90",
        },
    )
    webhook = Destination.objects.get()
    assert answer.headers["Location"] == webhook.get_absolute_url()
    assert webhook.secret == SECRET
    assert webhook.token == "a-token"
    assert webhook.event_types == ["alert.*", "incident.*"]
    assert webhook.headers == {"X-Team": "ops"}
    assert webhook.retry_schedule == [5, 300, 7200, 90]
    page = client.get(answer.headers["Location"]).content.decode()
    assert "“Pager” is saved. Verify it now?" in page


def test_few_fields_are_enough(client, sign_in):
    sign_in()
    client.post(f"{LIST}add/", {"label": "Pager", "url": FORM["url"]})
    webhook = Destination.objects.get()
    assert webhook.format == "standard"
    assert webhook.timeout_seconds == 30


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"label": ""}, "Enter a descriptive name"),
        ({"url": ""}, "Enter a complete web address"),
        ({"url": "http://10.1.2.3/x"}, "10.1.2.3 is a private address"),
        ({"url": "https://user:pw@example.com/"}, "user"),
        ({"auth_method": "basic"}, "Enter the user name for Basic"),
        ({"auth_method": "bearer"}, "Enter the token for Bearer"),
        ({"auth_method": "digest"}, "Choose None, Basic, Bearer, OAuth2"),
        ({"event_types": "no such"}, "is no event type"),
        ({"format": "network_alert"}, "cannot carry incident.*"),
        ({"format": "xml"}, "Choose one of the formats"),
        ({"secret": "whsec_%%%"}, "whsec_"),
        ({"headers": "no colon"}, "Line 1 is no pair"),
        ({"headers": "webhook-id: x"}, "set by Signalpost itself"),
        ({"headers": "X-Api-Key: [redacted]"}, "none is stored"),
        ({"timeout_seconds": "31"}, "Enter 1 to 30 seconds."),
        ({"timeout_seconds": "soon"}, "Enter 1 to 30 seconds."),
        ({"max_in_flight": ""}, "Enter 1 to 500 requests."),
        ({"retry_schedule": "soon"}, "is no wait"),
        ({"retry_schedule": "9 d"}, "whole seconds"),
    ],
)
def test_error_says_what_to_enter(client, sign_in, wrong, sentence):
    sign_in()
    answer = client.post(f"{LIST}add/", FORM | wrong)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Destination.objects.exists()


def test_error_loses_nothing_typed(client, sign_in, organization):
    network = make_network(organization=organization)
    sign_in()
    typed = FORM | {
        "label": "",
        "secret": "a-typed-secret",
        "auth_method": "basic",
        "username": "ops",
        "password": "a-typed-password",
        "headers": "X-Api-Key: a-typed-key",
        "networks": [str(network.pk)],
        "retry_schedule": "7 s",
    }
    answer = client.post(f"{LIST}add/", typed)
    page = answer.content.decode()
    for text in ("a-typed-secret", "a-typed-password", "a-typed-key", "7 s", "ops"):
        assert text in page
    assert f'value="{network.pk}" id="id_networks_0" checked' in page.replace(
        'aria-describedby="id_networks_helptext" ', ""
    )
    assert "no-store" in answer.headers["Cache-Control"]


def test_empty_secrets_are_kept(client, sign_in, stored):
    sign_in()
    client.post(f"{stored.get_absolute_url()}edit/", EDIT | {"label": "New"})
    stored.refresh_from_db()
    assert stored.label == "New"
    assert stored.secret == SECRET
    assert stored.password == "the-password"
    assert stored.headers == {"X-Team": "ops", "X-Api-Key": "the-key"}


def test_typed_secrets_replace_the_stored(client, sign_in, stored):
    sign_in()
    client.post(
        f"{stored.get_absolute_url()}edit/",
        EDIT
        | {
            "secret": "another-secret-0123456789",
            "password": "another",
            "headers": "X-Api-Key: another-key",
        },
    )
    stored.refresh_from_db()
    assert stored.secret == "another-secret-0123456789"
    assert stored.password == "another"
    assert stored.headers == {"X-Api-Key": "another-key"}


def test_stored_secret_is_removed(client, sign_in, stored):
    sign_in()
    url = f"{stored.get_absolute_url()}edit/"
    both = client.post(url, EDIT | {"remove_secret": "on", "secret": "x" * 24})
    assert "not both" in both.content.decode()
    client.post(url, EDIT | {"remove_secret": "on"})
    stored.refresh_from_db()
    assert stored.secret == ""


def test_unused_password_is_forgotten(client, sign_in, stored):
    sign_in()
    client.post(f"{stored.get_absolute_url()}edit/", EDIT | {"auth_method": "none"})
    stored.refresh_from_db()
    assert stored.password == ""
    assert stored.username == ""


def test_new_host_clears_the_secrets_and_says_so(client, sign_in, stored):
    sign_in()
    url = f"{stored.get_absolute_url()}edit/"
    assert "removes the stored secrets" in client.get(url).content.decode()
    answer = client.post(
        url, EDIT | {"url": "http://127.0.0.1:47998/hook"}, follow=True
    )
    stored.refresh_from_db()
    assert stored.secret == ""
    assert stored.password == ""
    assert stored.headers == {"X-Team": "ops"}
    assert (
        "The signing secret, password and secret headers were given for "
        "127.0.0.1:47999 and were removed"
    ) in answer.content.decode()


def test_new_host_gets_what_is_typed_again(client, sign_in, stored):
    sign_in()
    again = {
        "url": "http://127.0.0.1:47998/hook",
        "secret": SECRET,
        "password": "the-password",
        "headers": "X-Api-Key: the-key",
    }
    client.post(f"{stored.get_absolute_url()}edit/", EDIT | again)
    stored.refresh_from_db()
    assert stored.secret == SECRET
    assert stored.password == "the-password"
    assert stored.headers == {"X-Api-Key": "the-key"}


def test_generated_secret_keeps_the_form(client, sign_in):
    sign_in()
    answer = client.post(f"{LIST}add/", FORM | {"label": "", "do": "generate"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'type="text" name="secret" value="whsec_' in page
    assert FORM["url"] in page
    assert "has-error" not in page
    assert not Destination.objects.exists()


def test_network_admin_chooses_own_networks(client, sign_in, organization):
    mine, other = (make_network(organization=organization) for _ in range(2))
    sign_in("network_admin", networks=[mine])
    page = client.get(f"{LIST}add/").content.decode()
    assert mine.label in page
    assert other.label not in page
    answer = client.post(f"{LIST}add/", FORM)
    assert "Choose at least one of the networks" in answer.content.decode()
    foreign = client.post(f"{LIST}add/", FORM | {"networks": [str(other.pk)]})
    assert foreign.status_code == 422
    client.post(f"{LIST}add/", FORM | {"networks": [str(mine.pk)]})
    assert list(Destination.objects.get().networks.all()) == [mine]


@pytest.mark.parametrize("role", ["viewer", "responder"])
@pytest.mark.parametrize("path", ["add/", "verify/"])
def test_form_is_refused_with_the_role(client, sign_in, role, path):
    sign_in(role)
    answer = client.post(LIST + path, FORM)
    assert answer.status_code == 403
    assert "This needs the role Admin or Network Admin" in answer.content.decode()


def test_verify_tries_what_is_typed(client, sign_in, sink):
    sign_in()
    typed = FORM | {"label": "", "url": f"{sink.url}hook", "secret": SECRET}
    answer = client.post(f"{LIST}verify/", typed, headers=HTMX)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "It works" in page
    assert "<html" not in page
    assert sink.requests[0].headers["webhook-signature"].startswith("v1,")
    assert SECRET not in page
    assert not Destination.objects.exists()
    assert not Delivery.objects.exists()


def test_verify_works_without_scripts(client, sign_in, sink):
    sign_in()
    sink.play(Answer(status=401, body=b"who are you"))
    typed = FORM | {"url": f"{sink.url}hook", "secret": SECRET}
    page = client.post(f"{LIST}verify/", typed).content.decode()
    assert "It did not arrive" in page
    assert "What to try:" in page
    assert "who are you" in page
    assert f'value="{SECRET}"' in page
    assert 'value="Pager"' in page
    assert not Destination.objects.exists()


def test_verify_of_a_wrong_form_marks_the_fields(client, sign_in):
    sign_in()
    answer = client.post(f"{LIST}verify/", FORM | {"url": "nonsense"}, headers=HTMX)
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#form-page"
    page = answer.content.decode()
    assert "has-error" in page
    assert ">Label</label>" in page  # not "optional": it is needed to save


def test_verify_of_a_stored_webhook(client, sign_in, organization, sink):
    sign_in()
    webhook = make_destination(organization=organization, url=sink.url, secret=SECRET)
    url = f"{webhook.get_absolute_url()}verify/"
    assert "It works" in client.post(url).content.decode()
    assert "<html" not in client.post(url, headers=HTMX).content.decode()
    assert client.get(url).headers["Location"] == webhook.get_absolute_url()
    assert len(sink.requests) == 2
    webhook.refresh_from_db()
    assert webhook.last_success_at is None


def test_verify_sends_no_stored_secret_elsewhere(client, sign_in, stored, sink):
    sign_in()
    typed = EDIT | {"url": f"{sink.url}elsewhere"}
    url = f"{stored.get_absolute_url()}verify/"
    page = client.post(url, typed, headers=HTMX).content.decode()
    assert "Sent without the stored signing secret" in page
    headers = sink.requests[0].headers
    assert "authorization" not in headers
    assert "webhook-signature" not in headers
    assert "x-api-key" not in headers
    stored.refresh_from_db()
    assert stored.secret == SECRET


def test_verify_sends_a_secret_that_is_typed_again(client, sign_in, stored, sink):
    sign_in()
    typed = EDIT | {"url": f"{sink.url}elsewhere", "password": "the-password"}
    client.post(f"{stored.get_absolute_url()}verify/", typed, headers=HTMX)
    assert sink.requests[0].headers["authorization"].startswith("Basic ")


def test_eleventh_verify_in_a_minute_is_refused(client, sign_in, sink):
    sign_in()
    typed = FORM | {"url": sink.url}
    for _ in range(10):
        client.post(f"{LIST}verify/", typed, headers=HTMX)
    answer = client.post(f"{LIST}verify/", typed, headers=HTMX)
    assert answer.status_code == 429
    assert "10 times a minute" in answer.content.decode()
    whole = client.post(f"{LIST}verify/", typed)
    assert whole.status_code == 429
    assert 'value="Pager"' in whole.content.decode()
    assert len(sink.requests) == 10


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?format=standard&sample=incident.resolved", "incident.resolved"),
        ("?format=network_alert&sample=incident.opened", "ALERT_DEVICE_OFFLINE"),
        ("?format=standard&event_types=service.status_changed", "previous_status"),
        ("?format=nonsense&sample=%00", "incident.opened"),
        ("", "incident.opened"),
    ],
)
def test_sample_shows_what_the_format_sends(client, sign_in, query, words):
    sign_in("viewer")
    answer = client.get(f"{LIST}preview/{query}")
    assert answer.status_code == 200
    assert words in answer.content.decode()
