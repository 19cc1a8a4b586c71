"""Messages of Amazon SNS, signed by a certificate that is fetched over real TLS.

The server is asked under Amazon's name at port 443 of a loopback address of its own,
which needs the right to open that port.
"""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import json
from ast import literal_eval
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.utils import timezone
from django_q.models import Schedule
from hypothesis import given
from hypothesis import strategies as st

from integrations_project.lib.http import Terms
from receivers.actions import verify_receipt
from receivers.models import SigningCertificate
from receivers.sns import build_signed_text, fits, is_amazons
from tests.certificates import make_certificate
from tests.factories import make_organization
from tests.http_server import Answer, Sink

HOST = "sns.eu-west-1.amazonaws.com"
PEM_URL = f"https://{HOST}/SimpleNotificationService-0123.pem"
SUBSCRIBE_URL = f"https://{HOST}/?Action=ConfirmSubscription&Token=abc"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def amazon():
    """Make the key that signs, and its certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return SimpleNamespace(key=key, pem=pem)


def sign(amazon, message, *, version="2"):
    hash_of = {"1": hashes.SHA1(), "2": hashes.SHA256()}[version]
    signed = {**message, "SignatureVersion": version, "SigningCertURL": PEM_URL}
    raw = amazon.key.sign(build_signed_text(signed), padding.PKCS1v15(), hash_of)
    return signed | {"Signature": base64.b64encode(raw).decode()}


def alarm(state="ALARM", **more):
    inner = {"AlarmName": "orders-5xx", "NewStateValue": state, "NewStateReason": "5xx"}
    return {
        "Type": "Notification",
        "MessageId": f"m-{next(_numbers)}",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
        "Subject": f"{state}: orders-5xx",
        "Message": json.dumps(inner),
        "Timestamp": "2026-11-20T09:00:00.000Z",
    } | more


def confirmation():
    return alarm() | {
        "Type": "SubscriptionConfirmation",
        "Token": "abc",
        "Message": "You have chosen to subscribe to the topic.",
        "SubscribeURL": SUBSCRIBE_URL,
    }


@pytest.fixture
def sns_sender(make_sender):
    return make_sender(
        organization=make_organization(),
        service=None,
        preset="sns",
        create_unknown_services=True,
    )


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signature_fits_its_message_alone(amazon, version):
    now = timezone.now()
    message = sign(amazon, alarm(), version=version)
    assert fits(message, amazon.pem, now=now)
    for name in ("Message", "MessageId", "Subject", "Timestamp", "TopicArn"):
        assert not fits(message | {name: "other"}, amazon.pem, now=now)
    assert not fits(message | {"Signature": "AAAA"}, amazon.pem, now=now)
    assert not fits(message, amazon.pem, now=now + dt.timedelta(days=9))
    assert not fits(message, "no certificate", now=now)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/x.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
        f"https://{HOST}:8443/x.pem",
        f"https://user@{HOST}/x.pem",
        f"https://{HOST}@evil.example/x.pem",
        f"https://{HOST}/x.txt",
        "https://sns.amazonaws.com/x.pem",
        "https://[::1/x.pem",
        "",
        None,
        7,
    ],
)
def test_only_amazons_own_addresses_are_fetched(url):
    assert not is_amazons(url, suffix=".pem")


@given(st.text())
def test_no_address_trips_it(text):
    assert not is_amazons(text, suffix=".pem") or text.startswith("https://sns.")


def test_with_the_certificate_an_alarm_acts_at_once(amazon, sns_sender):
    SigningCertificate.objects.create(url=PEM_URL, pem=amazon.pem)
    answer = sns_sender.post(sign(amazon, alarm())).json()
    assert (answer["result"], answer["items"][0]["status"]) == ("processed", "down")


def test_a_forged_alarm_is_refused(amazon, sns_sender):
    SigningCertificate.objects.create(url=PEM_URL, pem=amazon.pem)
    forged = sign(amazon, alarm()) | {"Message": alarm("OK")["Message"]}
    response = sns_sender.post(forged)
    assert (response.status_code, response.json()["code"]) == (401, "signature_wrong")
    assert sns_sender.last_receipt().result == "auth_failed"


def test_a_certificate_from_elsewhere_is_refused(amazon, sns_sender):
    message = sign(amazon, alarm()) | {"SigningCertURL": "https://evil.example/x.pem"}
    assert sns_sender.post(message).status_code == 401


def test_without_it_the_receipt_waits(amazon, sns_sender):
    answer = sns_sender.post(sign(amazon, alarm())).json()
    (item,) = answer["items"]
    assert (answer["result"], item["reason"]) == ("ignored", "verifying")


@pytest.fixture
def server(tmp_path):
    """Serve under Amazon's name, at the port that its addresses have."""
    certificate = make_certificate(tmp_path, HOST)
    sink = Sink(certificate, host="127.83.0.1", port=443)
    yield sink
    sink.close()


@pytest.fixture
def terms(server):
    return Terms(
        ca_file=str(server.certificate[0]), find_addresses=lambda _: (server.host,)
    )


@pytest.fixture
def serve_pem(server, amazon):
    path = PEM_URL.removeprefix(f"https://{HOST}")
    server.always(Answer(body=amazon.pem.encode()), path=path)


@pytest.mark.privileged
@pytest.mark.usefixtures("serve_pem")
def test_the_task_fetches_the_certificate_once_and_applies(
    amazon, sns_sender, server, terms
):
    sns_sender.post(sign(amazon, alarm()))
    waiting = sns_sender.last_receipt()
    verify_receipt(str(waiting.pk), terms=terms)
    settled = sns_sender.last_receipt()
    assert settled.pk == waiting.pk
    assert (settled.result, settled.status) == ("processed", "down")
    assert settled.service.status == "down"
    assert len(server.requests) == 1

    recovered = sns_sender.post(sign(amazon, alarm("OK"))).json()
    assert recovered["items"][0]["status"] == "operational"
    verify_receipt(str(waiting.pk), terms=terms)
    assert len(server.requests) == 1
    assert sns_sender.receiver.receipts.count() == 2


@pytest.mark.privileged
@pytest.mark.usefixtures("serve_pem")
def test_a_subscription_is_confirmed(amazon, sns_sender, server, terms):
    sns_sender.post(sign(amazon, confirmation()))
    verify_receipt(str(sns_sender.last_receipt().pk), terms=terms)
    receipt = sns_sender.last_receipt()
    assert (receipt.result, receipt.reason) == ("ignored", "subscribed")
    asked = [request.path for request in server.requests]
    assert asked[-1] == SUBSCRIBE_URL.removeprefix(f"https://{HOST}")


@pytest.mark.privileged
@pytest.mark.usefixtures("serve_pem")
def test_a_forged_confirmation_is_never_answered(amazon, sns_sender, server, terms):
    forged = sign(amazon, confirmation()) | {"Token": "another"}
    sns_sender.post(forged)
    verify_receipt(str(sns_sender.last_receipt().pk), terms=terms)
    assert sns_sender.last_receipt().result == "auth_failed"
    assert len(server.requests) == 1  # the certificate alone


@pytest.mark.privileged
def test_while_amazon_is_away_it_is_tried_again(amazon, sns_sender, server, terms):
    server.always(Answer(status=503))
    sns_sender.post(sign(amazon, alarm()))
    receipt = sns_sender.last_receipt()
    for tries in range(4):
        verify_receipt(str(receipt.pk), tries=tries, terms=terms)
        assert sns_sender.last_receipt().reason == "verifying"
        planned = Schedule.objects.get()  # one chain, however often it is queued
        assert literal_eval(planned.args) == (str(receipt.pk), tries + 1)
    verify_receipt(str(receipt.pk), tries=4, terms=terms)
    receipt = sns_sender.last_receipt()
    assert (receipt.result, receipt.reason) == ("failed", "unverified")
    assert "503" in receipt.detail
