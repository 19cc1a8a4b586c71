"""What the page says after a rotation, by the signature."""

from __future__ import annotations

import pytest

from integrations_project.lib.signing import generate_ed25519_secret, public_key_of
from tests.factories import make_destination

pytestmark = pytest.mark.django_db


def rotate(client, webhook, hours):
    url = f"{webhook.get_absolute_url()}rotate-secret/"
    page = client.post(url, {"overlap_hours": hours}).content.decode()
    webhook.refresh_from_db()
    return page


@pytest.mark.parametrize(
    ("hours", "said"), [("24", "old key signs too"), ("0", "alone signs from now on")]
)
def test_ed25519_shows_the_public_key_alone(client, sign_in, organization, hours, said):
    sign_in()
    webhook = make_destination(
        organization=organization,
        signature="ed25519",
        secret=generate_ed25519_secret(),
    )

    page = rotate(client, webhook, hours)

    assert public_key_of(webhook.secret) in page
    assert "whsk_" not in page
    assert said in page


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        pytest.param("standard_webhooks", "both are accepted", id="standard"),
        pytest.param("hmac_hex", "-Previous", id="hex"),
        pytest.param("shared_secret", "-Previous", id="shared"),
    ],
)
def test_overlap_is_explained(client, sign_in, organization, signature, said):
    sign_in()
    webhook = make_destination(
        organization=organization, signature=signature, secret="the old one"
    )

    page = rotate(client, webhook, "24")

    assert webhook.secret in page
    assert said in page


def test_page_counts_the_secrets_that_sign(client, sign_in, organization):
    sign_in()
    webhook = make_destination(organization=organization, secret="the old one")
    url = webhook.get_absolute_url()
    rotate(client, webhook, "24")

    assert "the secret before signs too until" in client.get(url).content.decode()

    rotate(client, webhook, "24")

    assert "the 2 secrets before sign too, the last" in client.get(url).content.decode()
