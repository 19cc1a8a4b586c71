"""Signatures over REST: switched, with a secret that fits or one that is made."""

from __future__ import annotations

import pytest

from integrations_project.lib.signing import public_key_of
from tests import factories
from webhooks.models import Destination


@pytest.fixture
def path(organization):
    webhook = factories.make_destination(
        organization=organization, secret="s3cret", url="http://127.0.0.1:47999/hook"
    )
    return f"webhooks/{webhook.pk}"


def test_switch_to_ed25519_makes_a_key_when_asked(api, path):
    response = api.patch(path, {"signature": "ed25519", "generate_secret": True})

    assert response.status_code == 200
    answer = response.json()
    assert answer["secret"].startswith("whsk_")
    assert answer["public_key"] == public_key_of(answer["secret"])
    again = api.get(path).json()
    assert again["public_key"] == answer["public_key"]
    assert "secret" not in again


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param({"signature": "ed25519"}, "starts with whsk_", id="unfit"),
        pytest.param(
            {"signature": "ed25519", "secret": "whsk_AAAA"}, "64 bytes", id="wrong"
        ),
        pytest.param({"generate_secret": True}, "rotate-secret", id="no switch"),
    ],
)
def test_unfit_secret_is_said(api, path, values, said):
    response = api.patch(path, values)

    assert response.status_code == 400
    assert said in str(response.json()["errors"])
    assert Destination.objects.get().secret == "s3cret"


def test_switch_back_needs_another_secret(api, path):
    api.patch(path, {"signature": "ed25519", "generate_secret": True})

    refused = api.patch(path, {"signature": "hmac_hex"})
    taken = api.patch(path, {"signature": "hmac_hex", "secret": "an0ther"})

    assert "Ed25519 key" in str(refused.json()["errors"]["secret"])
    assert taken.status_code == 200
    assert taken.json()["public_key"] == ""


def test_rotation_makes_what_the_signature_needs(api, path):
    api.patch(path, {"signature": "ed25519", "generate_secret": True})

    answer = api.post(f"{path}/rotate-secret", {}).json()

    assert answer["secret"].startswith("whsk_")
    assert answer["public_key"] == public_key_of(answer["secret"])
    assert answer["previous_secret_expires_at"]


def test_create_makes_an_ed25519_key(api):
    body = {
        "label": "Ops",
        "url": "http://127.0.0.1:47999/",
        "signature": "ed25519",
        "generate_secret": True,
    }

    answer = api.post("webhooks", body).json()

    assert public_key_of(answer["secret"]) == answer["public_key"]
