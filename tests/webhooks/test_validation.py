"""What a destination may hold: one sentence for each mistake."""

from __future__ import annotations

import base64

import pytest

from integrations_project.lib.signing import generate_secret
from webhooks.models import Destination
from webhooks.validation import find_destination_errors, normalize_event_types


def find_error(field, **values):
    defaults = {"label": "Ops", "url": "http://127.0.0.1:9/hook"}
    destination = Destination(**defaults | values)
    return find_destination_errors(destination).get(field, [""])[0]


def whsec(length):
    return "whsec_" + base64.b64encode(b"k" * length).decode()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        pytest.param("label", {"label": "Ops — Zürich"}, id="label"),
        pytest.param("url", {"url": "https://127.0.0.1/a?b=c"}, id="https"),
        pytest.param("secret", {"secret": "a plain one"}, id="plain secret"),
        pytest.param("secret", {"secret": whsec(1)}, id="shortest whsec_"),
        pytest.param("secret", {"secret": whsec(64).rstrip("=")}, id="no padding"),
        pytest.param("secret", {"secret": generate_secret()}, id="generated"),
        pytest.param("headers", {"headers": {"X-Team": "ops"}}, id="header"),
        pytest.param(
            "headers", {"headers": {"Authorization": "Token x"}}, id="own authorization"
        ),
        pytest.param("event_types", {"event_types": ["*"]}, id="all types"),
        pytest.param("event_types", {"event_types": ["alert.any_name"]}, id="alert"),
        pytest.param(
            "event_types",
            {"event_types": ["alert.*"], "format": "network_alert"},
            id="group that the format carries",
        ),
        pytest.param("retry_schedule", {"retry_schedule": None}, id="default waits"),
        pytest.param("retry_schedule", {"retry_schedule": [1, 172800]}, id="own waits"),
        pytest.param(
            "token", {"auth_method": "bearer", "token": "a.b-c_d/e+f="}, id="token"
        ),
        pytest.param(
            "password",
            {"auth_method": "basic", "username": "u", "password": "p:ä ß"},
            id="basic",
        ),
    ],
)
def test_accepts(field, values):
    assert find_error(field, **values) == ""


@pytest.mark.parametrize(
    ("field", "values", "part"),
    [
        pytest.param("label", {"label": " \t"}, "descriptive name", id="blank label"),
        pytest.param("label", {"label": "a\nb"}, "line break", id="label of two lines"),
        pytest.param("url", {"url": "ftp://a/b"}, "starts with", id="scheme"),
        pytest.param("url", {"url": "http://u:p@a/"}, "user name", id="user info"),
        pytest.param(
            "url", {"url": "https://10.1.2.3/"}, "10.1.2.3 is", id="private address"
        ),
        pytest.param(
            "url", {"url": "https://169.254.169.254/"}, "169.254", id="metadata service"
        ),
        pytest.param("url", {"url": "https://0xa010203/"}, "10.1.2.3", id="hex"),
        pytest.param(
            "format", {"format": "xml"}, "choose one of: standard", id="unknown format"
        ),
        pytest.param("username", {"auth_method": "basic"}, "user name", id="no user"),
        pytest.param(
            "username",
            {"auth_method": "basic", "username": "a:b"},
            "colon",
            id="colon in user",
        ),
        pytest.param(
            "password", {"auth_method": "basic"}, "password", id="no password"
        ),
        pytest.param("token", {"auth_method": "bearer"}, "token", id="no token"),
        pytest.param(
            "token",
            {"auth_method": "bearer", "token": "Bearer x"},
            "without the word",
            id="space in token",
        ),
        pytest.param("secret", {"secret": "whsec_!"}, "not base64", id="no base64"),
        pytest.param("secret", {"secret": "whsec_"}, "ends after", id="no bytes"),
        pytest.param("secret", {"secret": whsec(65)}, "may hold 64", id="long"),
        pytest.param("secret", {"secret": "a\nb"}, "line break", id="secret of two"),
        pytest.param("headers", {"headers": ["X-A"]}, "object", id="list of headers"),
        pytest.param(
            "headers", {"headers": {"X-A": 1}}, "texts", id="header of a number"
        ),
        pytest.param("headers", {"headers": {"X A": "1"}}, "header name", id="name"),
        pytest.param("headers", {"headers": {"Host": "a"}}, "itself", id="host"),
        pytest.param(
            "headers", {"headers": {"Webhook-Id": "1"}}, "itself", id="our header"
        ),
        pytest.param(
            "headers", {"headers": {"content-type": "a"}}, "itself", id="content type"
        ),
        pytest.param(
            "headers", {"headers": {"X-A": "1\r\nX-B: 2"}}, "line break", id="injection"
        ),
        pytest.param(
            "headers", {"headers": {"X-A": "1", "x-a": "2"}}, "twice", id="twice"
        ),
        pytest.param(
            "headers",
            {"headers": {f"X-{n}": "1" for n in range(21)}},
            "at most 20",
            id="too many",
        ),
        pytest.param(
            "headers",
            {"headers": {"Authorization": "x"}, "auth_method": "bearer"},
            "choose None",
            id="second authorization",
        ),
        pytest.param("event_types", {"event_types": "*"}, "as a list", id="text"),
        pytest.param("event_types", {"event_types": [1]}, "as a list", id="number"),
        pytest.param(
            "event_types", {"event_types": ["incident"]}, "no event type", id="no dot"
        ),
        pytest.param(
            "event_types",
            {"event_types": ["incident.open"]},
            "no event type",
            id="typo",
        ),
        pytest.param(
            "event_types",
            {"event_types": ["*"], "format": "network_alert"},
            "cannot carry *",
            id="more than the format carries",
        ),
        pytest.param(
            "retry_schedule", {"retry_schedule": []}, "1 to 20", id="no waits"
        ),
        pytest.param("retry_schedule", {"retry_schedule": [0]}, "1 to 20", id="zero"),
        pytest.param(
            "retry_schedule", {"retry_schedule": [True]}, "1 to 20", id="bool"
        ),
        pytest.param("retry_schedule", {"retry_schedule": 5}, "1 to 20", id="no list"),
        pytest.param(
            "retry_schedule", {"retry_schedule": [172801]}, "1 to 20", id="too long"
        ),
        pytest.param(
            "retry_schedule",
            {"retry_schedule": [5] * 21},
            "1 to 20",
            id="too many waits",
        ),
    ],
)
def test_refuses(field, values, part):
    error = find_error(field, **values)

    assert part in error
    assert error.endswith(".")


def test_http_needs_permission(settings):
    settings.DELIVERY_ALLOW_HTTP = False

    assert "starts with https://" in find_error("url", url="http://127.0.0.1/")


def test_name_of_refused_address_is_named(settings):
    settings.DELIVERY_ALLOWED_NETWORKS = ()

    error = find_error("url", url="https://localhost/")

    assert "localhost points to" in error


def test_secret_is_never_repeated():
    assert "geheim" not in find_error("secret", secret="whsec_geheim!")


def test_event_types_are_sorted_and_unique():
    assert normalize_event_types(["b.c ", "*", "b.c"]) == ["*", "b.c"]
