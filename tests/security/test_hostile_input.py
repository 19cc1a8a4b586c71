"""Nothing that can be typed or sent breaks a page, or is shown unescaped."""

from __future__ import annotations

import logging
from io import StringIO
from urllib.parse import quote, urlencode

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import AuditEntry, User
from integrations_project.lib.ids import uuid7
from integrations_project.middleware import KnownErrorMiddleware
from receivers.models import Receipt, Receiver
from tests.security.addresses import (
    list_admin,
    list_pages,
    list_resources,
)
from tests.security.database import undone
from tests.security.html import Page, find_faults
from tests.security.world import BACKEND
from webhooks.models import Destination

pytestmark = pytest.mark.django_db

PROBE = "\"'><xss-probe onprobe=1></textarea></script>"
#: What may be sent where a text, a number, an id, a time or a choice is expected.
HOSTILE = (
    "\0",
    "a\0b",
    "\ud800",
    PROBE,
    "9" * 30,
    "x" * 10_000,
    "\u202egnp.exe\u2066",
    "-1",
    "NaN",
    "1e400",
    "\n\r\t",
    "é" * 300,
    "[]",
    "' OR 1=1 --",
    "../../etc/passwd",
    "0001-01-01T00:00:00-23:59",
    "²",
    "javascript:alert(1)",
    str(uuid7()),
)
#: The same for a query, where nothing is stored.
QUERIES = (
    *HOSTILE[:5],
    "\n\r\t",
    "[]",
    "0001-01-01T00:00:00-23:59",
    "²",
    str(uuid7()),
)
#: Never fall into these by accident: they end the test's own session.
LEFT_OUT = ("/logout/",)
FORM_TYPE = "application/x-www-form-urlencoded"
CURSORS = {"before", "after"}


def encode(data) -> str:
    return urlencode(data, doseq=True, errors="surrogatepass")


def find_problem(answer) -> str:
    if answer.status_code >= 500:
        return f"answers {answer.status_code}"
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return ""
    text = answer.content.decode()
    if any(tag == "xss-probe" or "onprobe" in a for tag, a in Page(text).elements):
        return "shows it unescaped"
    return ", ".join(find_faults(text))


def post_form(client, url, data) -> str:
    """Send a form, look where it leads, and take everything back."""
    with undone():
        answer = client.post(url, encode(data), content_type=FORM_TYPE)
        problem = find_problem(answer)
        target = answer.headers.get("Location", "")
        if target.startswith("/") and not problem:
            problem = find_problem(client.get(target))
    return problem


def list_forms(client, urls):
    """Return each form that the pages hold, once."""
    found = {}
    for url in urls:
        for form in Page(client.get(url).content.decode()).forms:
            target = form.action or url
            if form.method == "post" and not target.endswith(LEFT_OUT):
                found[target, *sorted(form.fields)] = (target, form)
    return list(found.values())


def list_hostile_posts(form, seed: int, *, turns: int = 3, singles: bool = True):
    """Return what to send instead: all fields hostile, one of them, and none at all."""
    names = sorted(form.fields.keys() - {"csrfmiddlewaretoken"})
    yield {}
    for turn in range(turns):
        yield {
            name: HOSTILE[(seed + 5 * turn + place) % len(HOSTILE)]
            for place, name in enumerate(names)
        }
    for place, name in enumerate(names if singles else ()):
        # Half of the time what a text field takes, so that it is stored and shown.
        value = (PROBE, HOSTILE[(seed + place) % len(HOSTILE)])[(seed + place) % 2]
        yield form.fields | {name: [value, "x"] if place % 4 == 3 else value}


def attack(client, urls, **options):
    problems = []
    forms = list_forms(client, urls)
    assert forms
    for seed, (url, form) in enumerate(forms):
        problems += [
            (url, problem, ascii(data)[:300])
            for data in list_hostile_posts(form, seed, **options)
            if (problem := post_form(client, url, data))
        ]
    return problems


def test_forms_take_anything(ours):
    client = ours.sign_in("admin", raise_request_exception=False)
    urls = [ours.url(each) for each in list_pages()]
    assert not attack(client, urls)


def test_forms_of_the_admin_take_anything(ours):
    client = Client(raise_request_exception=False)
    user = User.objects.create_superuser("operator@example.com", "x")
    client.force_login(user, BACKEND)
    urls = [ours.url(each) for each in list_admin()]
    # The same forms and actions as on the pages: less is enough.
    urls = [url for url in urls if url is not None]
    assert not attack(client, urls, turns=2, singles=False)


def test_sign_in_pages_take_anything(ours):
    client = Client(raise_request_exception=False)
    for path in ("/accounts/login/", "/accounts/password_reset/"):
        assert not attack(client, [path])


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", "[]"),
        ("multipart/form-data", "no boundary"),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: nonsense"),
        (FORM_TYPE, "&".join(f"a{n}=1" for n in range(1100))),
        (FORM_TYPE, "%ZZ=%&&&=;=%00"),
        ("text/plain; charset=nonsense", "x"),
    ],
)
def test_bodies_of_any_type_are_answered(ours, content_type, body):
    client = ours.sign_in("admin", raise_request_exception=False)
    for address in list_pages():
        with undone():
            answer = client.generic(
                "POST", ours.url(address), body, content_type=content_type
            )
        assert answer.status_code < 500, address.name


def test_filters_of_pages_take_anything(ours):
    client = ours.sign_in("admin", raise_request_exception=False)
    problems, tried = [], set()
    for address in list_pages():
        url = ours.url(address)
        names = Page(client.get(url).content.decode()).list_parameters(url)
        if address.name == "search":
            names |= {"q"}
        for name in sorted(names | CURSORS if names else names):
            tried.add(name)
            for value in QUERIES:
                answer = client.get(f"{url}?{encode({name: value})}")
                if problem := find_problem(answer):
                    problems.append((url, name, ascii(value)[:40], problem))
    assert tried >= {"q", "status", "webhook", "receiver", "before"}
    assert not problems


def test_filters_of_the_api_take_anything(ours, make_program):
    program = make_program(ours.api_keys["admin"])
    problems = []
    for address in list_resources():
        if "GET" not in address.actions:
            continue
        own = address.resource.filters if not address.parameters else ()
        for name in (*own, "cursor", "limit"):
            for value in QUERIES:
                url = f"{ours.url(address)}?{encode({name: value})}"
                answer = program.send("GET", url)
                if answer.status_code not in (200, 400, 404):
                    problems.append((address.name, name, ascii(value)[:40]))
    assert not problems


def test_ids_in_addresses_may_be_anything(ours, make_program):
    client = ours.sign_in("admin", raise_request_exception=False)
    program = make_program(ours.api_keys["admin"])
    for address in (*list_pages(), *list_resources()):
        pattern = ours.url(address)
        for parameter in address.parameters:
            real = str(ours.value(address, parameter))
            for value in QUERIES:
                path = pattern.replace(real, quote(value, safe="", errors="replace"))
                if len(path) > 3000:
                    continue
                answer = program.send("GET", path) if address.is_api else None
                answer = answer or client.get(path)
                assert answer.status_code in (404, 405), path


# Webhook URLs: one sentence at the field, whichever way they come in


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


# Who one says one is


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "127.0.0.1@evil.test"])
def test_unknown_hosts_are_refused(ours, host):
    client = ours.sign_in("admin", raise_request_exception=False)
    for path in ("/", "/accounts/login/", "/services/", "/api/v1/"):
        answer = client.get(path, headers={"Host": host})
        if path != "/services/" or answer.status_code != 200:
            assert answer.status_code == 400
        assert "evil.test" not in answer.content.decode()


def test_forwarded_headers_change_no_address(ours, make_program):
    spoofed = {
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Prefix": "/evil",
        "X-Original-URL": "/admin/",
        "X-Rewrite-URL": "/admin/",
        "Forwarded": "host=evil.test;for=203.0.113.9",
    }
    client = ours.sign_in("admin")
    for address in list_pages():
        answer = client.get(ours.url(address), headers=spoofed)
        assert "evil.test" not in answer.content.decode(), address.name
        assert "evil.test" not in answer.headers.get("Location", ""), address.name
    assert "evil.test" not in Client().get("/api/v1/", headers=spoofed).text


def test_sign_in_goes_on_to_no_foreign_site(ours):
    user = ours.people["viewer"]
    for target in (
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "javascript:x",
    ):
        answer = Client().post(
            "/accounts/login/?" + urlencode({"next": target}),
            {
                "username": user.email,
                "password": "correct horse battery",
                "next": target,
            },
        )
        assert answer.headers["Location"] == "/"
        switched = ours.sign_in().post(
            reverse("switch-organization"),
            {"organization": str(ours.organization.pk), "next": target},
        )
        assert switched.headers["Location"] == "/"


def test_password_links_lead_to_this_site(ours, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]
    Client().post(
        "/accounts/password_reset/",
        {"email": ours.people["viewer"].email},
        headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"},
    )
    assert settings.SITE_URL in mailoutbox[0].body
    assert "evil.test" not in mailoutbox[0].body


@pytest.mark.parametrize("email", ["a@b.c\nBcc: x@y.z", "a@b.c\r\nX: y", "a@b.c\0"])
def test_addresses_cannot_carry_mail_headers(ours, mailoutbox, email):
    client = ours.sign_in()
    client.post(reverse("accounts:member-add"), {"email": email, "role": "viewer"})
    Client().post("/accounts/password_reset/", {"email": email})
    assert not mailoutbox


def post_status(receiver, **headers):
    Client(REMOTE_ADDR="198.51.100.7").post(
        f"/api/webhooks/incoming/{receiver.token}",
        '{"status": "down"}',
        content_type="application/json",
        headers=headers,
    )
    return Receipt.objects.filter(receiver=receiver).latest("id")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "198.51.100.7"),
        (1, "203.0.113.9, 192.0.2.5", "192.0.2.5"),
        (1, "", "198.51.100.7"),
        (2, "203.0.113.9, 192.0.2.5, 192.0.2.6", "192.0.2.5"),
        (2, "192.0.2.6", "198.51.100.7"),
        (1, "nonsense\x00' --", None),
    ],
)
def test_source_address_is_what_our_proxies_saw(
    ours, settings, proxies, forwarded, address
):
    settings.TRUSTED_PROXIES = proxies
    receipt = post_status(ours.rows[Receiver], X_Forwarded_For=forwarded)
    assert receipt.source_ip == address


# Logs: one event, one line


@pytest.fixture
def console():
    """Return what the console handler of the settings writes."""
    stream = StringIO()
    handler = next(h for h in logging.getLogger().handlers if h.name == "console")
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


FORGED = "x\r\n2026-11-21 00:00:00,000 CRITICAL forged\x1b[2J\u2028\x85line"


def is_one_line(text: str) -> bool:
    return len(text.splitlines()) == 1 and text.strip().isprintable()


def test_labels_cannot_forge_log_lines(console):
    logging.getLogger("webhooks").warning("failing label=%s", FORGED)
    text = console.getvalue()
    assert is_one_line(text), repr(text)
    assert "CRITICAL forged" in text


def test_paths_cannot_forge_log_lines(ours, console):
    Client().get("/nothing/" + quote(FORGED))
    assert is_one_line(console.getvalue()), repr(console.getvalue())


def test_database_trouble_is_logged_in_one_line(console):
    def view(request):
        raise AssertionError

    request = RequestFactory().get("/" + quote(FORGED))
    middleware = KnownErrorMiddleware(view)
    answer = middleware.process_exception(request, OperationalError(FORGED))
    assert answer is not None
    assert answer.status_code == 503
    assert is_one_line(console.getvalue()), repr(console.getvalue())


def test_tokens_stay_out_of_the_log(ours, console):
    receiver = ours.rows[Receiver]
    client = Client(raise_request_exception=False)
    client.put(f"/api/webhooks/incoming/{receiver.token}")
    client.get(f"/api/webhooks/incoming/{receiver.token}/nothing")
    post_status(receiver)
    assert receiver.token not in console.getvalue()


def test_failed_sign_ins_are_recorded_whatever_was_typed(ours):
    for email in HOSTILE:
        Client().post(
            "/accounts/login/",
            encode({"username": email, "password": email}),
            content_type=FORM_TYPE,
        )
    assert AuditEntry.objects.filter(action="user.sign_in_failed").exists()
