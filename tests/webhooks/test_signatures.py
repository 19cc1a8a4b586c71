"""Every signature over a real wire, checked as its receivers check it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

import pytest
import standardwebhooks
import svix.webhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone

from accounts.datatypes import SYSTEM
from integrations_project.lib.signing import (
    generate_ed25519_secret,
    generate_secret,
    public_key_of,
)
from receivers.verification import SignedRequest, verify_request
from tests.factories import make_delivery, make_destination
from tests.http_server import Answer
from webhooks.actions import rotate_secret, verify_destination
from webhooks.models import Attempt

pytestmark = pytest.mark.django_db

LIBRARIES = [
    pytest.param(standardwebhooks.Webhook, id="standardwebhooks"),
    pytest.param(svix.webhooks.Webhook, id="svix"),
]
SECRETS = [
    pytest.param("whsec_dGU=", id="2_bytes"),
    pytest.param("whsec_plJ3nmyCDGBKInavdOK15jsl", id="18_bytes"),
    pytest.param("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id="24_bytes"),
    pytest.param(f"whsec_{'QUJD' * 21}QQ==", id="64_bytes"),
]
#: (signature, its usual header, what comes before the hex)
BODY_SCHEMES = [
    pytest.param("hmac_hex", "X-Webhook-Signature", "", id="hex"),
    pytest.param("hmac_sha256_prefixed", "X-Hub-Signature-256", "sha256=", id="github"),
]


def deliver(sink, pump_once, destination):
    make_delivery(destination=destination, body='{"type":"incident.opened","n":"ü"}')
    pump_once()
    return sink.requests[-1]


def rotate(destination, hours=24):
    return rotate_secret(
        destination, actor=SYSTEM, now=timezone.now(), overlap_hours=hours
    )


def hexdigest(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def check_ed25519(public_key, request):
    raw = base64.b64decode(public_key.removeprefix("whpk_"))
    signed = b".".join(
        (
            request.headers["webhook-id"].encode(),
            request.headers["webhook-timestamp"].encode(),
            request.body,
        )
    )
    versions = dict(
        part.split(",", 1)[::-1]
        for part in request.headers["webhook-signature"].split(" ")
    )
    assert set(versions.values()) == {"v1a"}
    for signature in versions:
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(
                base64.b64decode(signature), signed
            )
        except Exception:  # noqa: BLE001  # the next may match
            continue
        return True
    return False


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("secret", SECRETS)
def test_public_library_takes_a_delivery(sink, pump_once, library, secret):
    destination = make_destination(url=sink.url, secret=secret)

    request = deliver(sink, pump_once, destination)

    library(secret).verify(request.body, dict(request.headers))


@pytest.mark.parametrize("library", LIBRARIES)
def test_public_library_takes_either_secret_in_the_overlap(sink, pump_once, library):
    old = generate_secret()
    destination = make_destination(url=sink.url, secret=old)
    new = rotate(destination)

    request = deliver(sink, pump_once, destination)

    for secret in (old, new):
        library(secret).verify(request.body, dict(request.headers))


@pytest.mark.parametrize("library", LIBRARIES)
def test_leaked_secret_signs_no_more(sink, pump_once, library):
    old = generate_secret()
    destination = make_destination(url=sink.url, secret=old)
    new = rotate(destination, hours=0)

    request = deliver(sink, pump_once, destination)

    library(new).verify(request.body, dict(request.headers))
    with pytest.raises(Exception, match=r"[Ss]ignature"):
        library(old).verify(request.body, dict(request.headers))


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_secret_signs_through_rotations(sink, pump_once, library):
    first = generate_secret()
    destination = make_destination(url=sink.url, secret=first)
    second, third = rotate(destination), rotate(destination, hours=1)

    request = deliver(sink, pump_once, destination)

    for secret in (first, second, third):
        library(secret).verify(request.body, dict(request.headers))

    newest = rotate(destination, hours=0)
    request = deliver(sink, pump_once, destination)

    library(newest).verify(request.body, dict(request.headers))
    assert " " not in request.headers["webhook-signature"]
    for secret in (first, second, third):
        with pytest.raises(Exception, match=r"[Ss]ignature"):
            library(secret).verify(request.body, dict(request.headers))


def test_overlap_ends_by_itself(sink, pump_once):
    old = generate_secret()
    destination = make_destination(
        url=sink.url,
        secret=generate_secret(),
        previous_secret=old,
        previous_secret_expires_at=timezone.now() - dt.timedelta(seconds=1),
    )

    request = deliver(sink, pump_once, destination)

    assert " " not in request.headers["webhook-signature"]


def test_ed25519_is_checked_by_the_public_key(sink, pump_once):
    destination = make_destination(
        url=sink.url, signature="ed25519", secret=generate_ed25519_secret()
    )

    request = deliver(sink, pump_once, destination)

    assert check_ed25519(destination.public_key, request)
    assert not check_ed25519(public_key_of(generate_ed25519_secret()), request)


def test_both_ed25519_keys_sign_in_the_overlap(sink, pump_once):
    destination = make_destination(
        url=sink.url, signature="ed25519", secret=generate_ed25519_secret()
    )
    before = destination.public_key
    new = rotate(destination)

    request = deliver(sink, pump_once, destination)

    assert destination.public_key == public_key_of(new) != before
    assert check_ed25519(before, request)
    assert check_ed25519(destination.public_key, request)


@pytest.mark.parametrize(("signature", "header", "prefix"), BODY_SCHEMES)
@pytest.mark.parametrize("secret", ["It's a secret", f"whsec_{'QUJD' * 10}"])
def test_body_is_signed_with_the_secret_as_it_is(
    sink, pump_once, signature, header, prefix, secret
):
    destination = make_destination(url=sink.url, signature=signature, secret=secret)

    request = deliver(sink, pump_once, destination)

    assert request.headers[header] == prefix + hexdigest(secret, request.body)
    assert request.headers["webhook-id"]
    assert request.headers["webhook-timestamp"]
    assert "webhook-signature" not in request.headers


@pytest.mark.parametrize(("signature", "header", "_prefix"), BODY_SCHEMES)
def test_receiver_of_another_installation_takes_it(
    sink, pump_once, signature, header, _prefix
):
    destination = make_destination(url=sink.url, signature=signature, secret="s3cret")

    request = deliver(sink, pump_once, destination)

    signed = SignedRequest(
        body=request.body,
        headers=request.headers,
        header_name=header,
        secrets=("s3cret",),
        received_at=timezone.now(),
    )
    assert verify_request(signed).is_authentic


@pytest.mark.parametrize(
    "header", ["x-metaplane-sig", "X-Meter-Signature", "X-Any-Name"]
)
def test_signature_comes_in_the_header_that_was_chosen(sink, pump_once, header):
    destination = make_destination(
        url=sink.url, signature="hmac_hex", secret="s3cret", signature_header=header
    )

    request = deliver(sink, pump_once, destination)

    assert request.headers[header] == hexdigest("s3cret", request.body)
    assert "X-Webhook-Signature" not in request.headers


@pytest.mark.parametrize(("signature", "header", "prefix"), BODY_SCHEMES)
def test_secret_before_has_a_header_of_its_own(
    sink, pump_once, signature, header, prefix
):
    destination = make_destination(url=sink.url, signature=signature, secret="old one")
    new = rotate(destination)

    request = deliver(sink, pump_once, destination)

    assert request.headers.get_all(header) == [prefix + hexdigest(new, request.body)]
    assert request.headers[f"{header}-Previous"] == (
        prefix + hexdigest("old one", request.body)
    )


@pytest.mark.parametrize("header", ["", "X-Odd-Name"])
def test_shared_secret_is_sent_and_nowhere_kept(sink, pump_once, header):
    name = header or "X-Webhook-Secret"
    destination = make_destination(
        url=sink.url,
        signature="shared_secret",
        secret="first secret",
        signature_header=header,
        headers={"X-Copy": "it is first secret"},
    )
    second, new = rotate(destination), rotate(destination)
    echo = f"you sent {new} and first secret, {second}"
    sink.always(Answer(500, echo.encode(), headers=[("X-Echo", new)]))

    request = deliver(sink, pump_once, destination)

    assert request.headers[name] == new
    assert request.headers[f"{name}-Previous"] == second
    assert request.headers[f"{name}-Previous-2"] == "first secret"
    assert request.headers["X-Copy"] == "it is first secret"
    attempt = Attempt.objects.get()
    assert attempt.request_headers[name] == "[redacted]"
    assert attempt.request_headers[f"{name}-Previous"] == "[redacted]"
    assert attempt.request_headers[f"{name}-Previous-2"] == "[redacted]"
    assert attempt.request_headers["X-Copy"] == "it is [redacted]"
    assert attempt.response_headers["X-Echo"] == "[redacted]"
    assert attempt.response_body == "you sent [redacted] and [redacted], [redacted]"
    assert new not in attempt.error
    assert "first secret" not in attempt.error


def test_verify_shows_no_shared_secret(sink):
    sink.always(Answer(200, b"got topsecret99"))
    destination = make_destination(
        url=sink.url, signature="shared_secret", secret="topsecret99"
    )

    result = verify_destination(destination, actor=SYSTEM, now=timezone.now())

    assert sink.requests[0].headers["X-Webhook-Secret"] == "topsecret99"
    assert result.request_headers["X-Webhook-Secret"] == "[redacted]"
    assert result.response_body == "got [redacted]"
    assert "topsecret99" not in repr(result)


def test_password_that_comes_back_is_not_kept(sink, pump_once):
    destination = make_destination(
        url=sink.url, auth_method="basic", username="u", password="passw0rd"
    )
    encoded = base64.b64encode(b"u:passw0rd").decode()
    sink.always(Answer(200, f"Basic {encoded} is passw0rd".encode()))

    deliver(sink, pump_once, destination)

    assert Attempt.objects.get().response_body == "[redacted] is [redacted]"


@pytest.mark.parametrize("slash", ["/", r"\/"])
def test_secret_that_comes_back_in_json_is_not_kept(sink, pump_once, slash):
    secret = 'a/b"cdefgh'
    escaped = secret.replace('"', r"\"").replace("/", slash)
    sink.always(Answer(200, f'{{"x-webhook-secret":"{escaped}"}}'.encode()))
    destination = make_destination(
        url=sink.url, signature="shared_secret", secret=secret
    )

    deliver(sink, pump_once, destination)

    body = Attempt.objects.get().response_body
    assert body == '{"x-webhook-secret":"[redacted]"}'


def test_secret_that_fits_no_scheme_holds_up_nobody(sink, pump_once):
    unfit = make_destination(url=sink.url, signature="ed25519", secret="plain text")
    make_delivery(destination=unfit)

    request = deliver(sink, pump_once, make_destination(url=sink.url))

    assert len(sink.requests) == 1
    assert request.body
    assert "whsk_" in unfit.deliveries.get().last_error
