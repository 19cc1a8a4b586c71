from __future__ import annotations

import base64

import pytest
from django.core.exceptions import ValidationError

from accounts.datatypes import SYSTEM
from receivers.actions import save_receiver
from receivers.admission import NetworkInvalid, parse_network


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def guarded(make_sender):
    def make(method):
        return make_sender(
            required_auth=method,
            auth_username="uptime",
            auth_password="pässword",
            auth_token="tok-123",
        )

    return make


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("basic", basic("uptime", "pässword")),
        ("basic", basic("uptime", "pässword").replace("Basic", "basic")),
        ("bearer", "Bearer tok-123"),
        ("bearer", "bearer  tok-123 "),
        pytest.param(
            "basic",
            "Basic " + base64.b64encode("uptime:pässword".encode("latin-1")).decode(),
            id="latin-1",
        ),
    ],
)
def test_the_right_authorization_is_taken(guarded, method, value):
    response = guarded(method).post({"status": "down"}, Authorization=value)
    assert response.json()["result"] == "processed"


@pytest.mark.parametrize(
    ("method", "value", "code"),
    [
        ("basic", None, "authorization_missing"),
        ("basic", "Bearer tok-123", "authorization_missing"),
        ("basic", basic("uptime", "wrong"), "authorization_wrong"),
        ("basic", "Basic !!!", "authorization_wrong"),
        ("bearer", None, "authorization_missing"),
        ("bearer", "tok-123", "authorization_missing"),
        ("bearer", "Bearer tok-124", "authorization_wrong"),
        ("bearer", "Bearer", "authorization_wrong"),
    ],
)
def test_the_wrong_one_is_refused(guarded, method, value, code):
    sender = guarded(method)
    headers = {} if value is None else {"Authorization": value}
    response = sender.post({"status": "down"}, **headers)
    receipt = sender.last_receipt()
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert (receipt.result, receipt.reason) == ("auth_failed", code)
    assert "tok-123" not in response.json()["detail"]
    assert "tok-12" not in str(receipt.headers)


@pytest.mark.parametrize(
    ("method", "challenge"),
    [
        ("basic", 'Basic realm="receiver", charset="UTF-8"'),
        ("bearer", 'Bearer realm="receiver"'),
    ],
)
def test_the_refused_are_told_what_to_bring(guarded, method, challenge):
    response = guarded(method).post({"status": "down"})
    assert response.headers["WWW-Authenticate"] == challenge


def test_a_token_beyond_ascii_comes_as_utf_8(make_sender):
    sender = make_sender(required_auth="bearer", auth_token="schlüssel")
    on_the_wire = "schlüssel".encode().decode("latin-1")
    response = sender.post({"status": "down"}, Authorization=f"Bearer {on_the_wire}")
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("networks", "status"),
    [
        ([], 200),
        (["127.0.0.1"], 200),
        (["10.0.0.0/8", "127.0.0.0/8"], 200),
        (["10.0.0.0/8"], 401),
        (["::1"], 401),
    ],
)
def test_only_the_chosen_networks_may_post(make_sender, networks, status):
    sender = make_sender(source_networks=networks)
    response = sender.post({"status": "down"})
    assert response.status_code == status
    if status == 401:
        assert response.json()["code"] == "source_refused"
        assert "127.0.0.1" in response.json()["detail"]


@pytest.mark.parametrize("text", ["", "example.com", "10.0.0.0/40", "1.2.3", "::/200"])
def test_what_is_no_network(text):
    with pytest.raises(NetworkInvalid):
        parse_network(text)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"required_auth": "basic"}, {"auth_username", "auth_password"}),
        ({"required_auth": "bearer"}, {"auth_token"}),
        ({"required_auth": "digest"}, {"required_auth"}),
        ({"source_networks": ["office"]}, {"source_networks"}),
        ({"source_networks": "10.0.0.0/8"}, {"source_networks"}),
        ({"rate_per_minute": 0}, {"rate_per_minute"}),
        ({"expected_every_minutes": 10**6}, {"expected_every_minutes"}),
        ({"preset": "carrier pigeon"}, {"preset"}),
        ({"signature_scheme": "md5"}, {"signature_scheme"}),
        ({"time_field": "a..b"}, {"time_field"}),
    ],
)
def test_wrong_settings_are_refused_by_name(make_sender, fields, wrong):
    with pytest.raises(ValidationError) as caught:
        make_sender(**fields)
    assert set(caught.value.message_dict) == wrong


def test_kept_secrets_stay(guarded):
    receiver = guarded("bearer").receiver
    receiver.auth_token = ""
    save_receiver(receiver, actor=SYSTEM)
    receiver.refresh_from_db()
    assert receiver.auth_token == "tok-123"
