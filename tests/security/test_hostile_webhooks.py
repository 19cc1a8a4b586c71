"""A webhook leads nowhere that it must not, and carries no headers of its own."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_destination
from webhooks.models import Destination

pytestmark = pytest.mark.django_db

REFUSED_URLS = {
    "https://user:password@example.com/": "user",
    "https://user@example.com/": "user",
    "ftp://example.com/": "https",
    "//example.com/": "https",
    "javascript:alert(1)": "https",
    "https://": "address",
    "https://exa mple.com/": "",
    "https://example.com/\r\nX-Evil: 1": "",
    "https://example.com/\u2028x": "",
    "https://10.1.2.3/": "private",
    "https://192.168.0.1/": "private",
    "https://169.254.169.254/latest/meta-data/": "link-local",
    "https://2851995905/": "",  # 169.254.1.1
    "https://0xa9fea9fe/": "",
    "https://0251.0376.0251.0376/": "",
    "https://167772161/": "private",  # 10.0.0.1
    "https://012.1/": "private",
    "https://0x0a.0.0.1/": "private",
    "https://[::ffff:10.0.0.1]/": "",
    "https://[fe80::1]/": "",
    "https://[fd00::1]/": "",
    "https://0.0.0.0/": "",
    "https://255.255.255.255/": "",
    "https://224.0.0.1/": "",
    "https://example.com:99999/": "port",
    "https://example.com:0/": "port",
    "https://" + "a" * 3000 + ".com/": "",
    "https://xn--/": "",
}


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_webhook_urls_are_refused_with_a_reason(ours, make_program, url):
    word = REFUSED_URLS[url]
    client = ours.sign_in("admin", raise_request_exception=False)
    path = reverse("webhooks:add")
    count = Destination.objects.count()
    page = client.post(path, {"label": "Bad", "url": url, "auth_method": "none"})
    assert page.status_code == 422
    assert word in page.content.decode().lower()

    program = make_program(ours.api_keys["write"])
    made = program.send("POST", "/api/v1/webhooks", {"label": "Bad", "url": url})
    assert made.status_code == 400
    assert word in made.json()["errors"]["url"][0].lower()

    row = f"/api/v1/webhooks/{ours.rows[Destination].pk}"
    assert program.send("PATCH", row, {"url": url}).status_code == 400
    tried = program.send("POST", "/api/v1/webhooks/verify", {"url": url})
    assert tried.status_code == 400
    assert Destination.objects.count() == count


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://[::ffff:127.0.0.1]/",
    ],
)
def test_loopback_is_refused_unless_it_is_allowed(ours, make_program, settings, url):
    settings.DELIVERY_ALLOWED_NETWORKS = ()
    program = make_program(ours.api_keys["write"])
    made = program.send("POST", "/api/v1/webhooks", {"label": "Bad", "url": url})
    assert made.status_code == 400
    sentence = made.json()["errors"]["url"][0]
    assert "loopback" in sentence or "127.0.0.1 wrapped in IPv6" in sentence


def test_stored_address_that_is_refused_by_now_is_explained(
    ours, make_program, settings
):
    settings.DELIVERY_ALLOWED_NETWORKS = ()
    destination = make_destination(
        organization=ours.organization, url="http://127.0.0.1:47999/"
    )
    page = ours.sign_in().post(
        reverse("webhooks:verify", args=[destination.pk]), HTTP_HX_REQUEST="true"
    )
    assert page.status_code == 422
    assert "loopback" in page.content.decode()
    program = make_program(ours.api_keys["write"])
    tried = program.send("POST", f"/api/v1/webhooks/{destination.pk}/verify")
    assert tried.status_code == 400
    assert "loopback" in str(tried.json())


def test_http_is_refused_unless_it_is_allowed(ours, make_program, settings):
    settings.DELIVERY_ALLOW_HTTP = False
    program = make_program(ours.api_keys["write"])
    body = {"label": "Bad", "url": "http://127.0.0.1/"}
    made = program.send("POST", "/api/v1/webhooks", body)
    assert made.status_code == 400
    assert "https" in made.json()["errors"]["url"][0]
    page = ours.sign_in().post(reverse("webhooks:add"), body)
    assert page.status_code == 422


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "a\nb", "\x7f"])
@pytest.mark.parametrize("name", ["token", "password", "username", "secret"])
def test_credentials_cannot_carry_headers(ours, make_program, name, text):
    method = "bearer" if name == "token" else "basic"
    body = {"label": "x", "url": "http://127.0.0.1:1/", "auth_method": method}
    body |= {"username": "u", "password": "p", "token": "t", name: text}
    program = make_program(ours.api_keys["write"])
    made = program.send("POST", "/api/v1/webhooks", body)
    assert made.status_code == 400
    assert name in str(made.json())


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-Evil: 1"},
        {"X-A\r\nX-Evil": "b"},
        {"X A": "b"},
        {"Host": "evil.test"},
        {"Content-Length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"webhook-signature": "v1,x"},
        {"": "b"},
    ],
)
def test_custom_headers_cannot_smuggle(ours, make_program, headers):
    program = make_program(ours.api_keys["write"])
    body = {"label": "x", "url": "http://127.0.0.1:1/", "headers": headers}
    made = program.send("POST", "/api/v1/webhooks", body)
    assert made.status_code == 400
    assert "headers" in made.json()["errors"]
