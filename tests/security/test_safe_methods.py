"""Looking changes nothing, shows nothing secret, and obeys the security policy."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import resolve, reverse

from accounts.models import User
from tests.security.addresses import (
    MACHINES,
    SIGN_IN,
    list_addresses,
    list_admin,
    list_pages,
    list_resources,
)
from tests.security.database import list_differences, record_writes, take_snapshot
from tests.security.html import Page, find_faults
from tests.security.world import BACKEND, build_world

pytestmark = pytest.mark.django_db

#: Breaks out of text, attributes and scripts alike where it is not escaped.
PROBE = "\"'><xss-probe onprobe=1></script></textarea><xss-probe>{{7*7}}"
#: Open to visitors who are not signed in.
PUBLIC = {*SIGN_IN, *MACHINES, "api:index", "api:schema", "api:docs"}


def list_urls(world, addresses):
    return [url for each in addresses if (url := world.url(each)) is not None]


def list_links(client, url: str) -> list[str]:
    """Return the page itself and every link on it that has a query string."""
    page = Page(client.get(url).content.decode())
    hrefs = {given.get("href", "") for _, given in page.elements}
    links = {h for h in hrefs if h.startswith(("?", f"{url}?"))}
    return [url, *sorted(f"{url}{h}" if h.startswith("?") else h for h in links)]


def operator() -> Client:
    """Return a browser of the installation's operator, who belongs nowhere."""
    client = Client(raise_request_exception=False)
    user = User.objects.create_superuser("operator@example.com", "x")
    client.force_login(user, BACKEND)
    return client


def visit(client, urls):
    """Open pages, and say what any of them writes or breaks."""
    faults = []
    for url in urls:
        with record_writes() as writes:
            answer = client.get(url)
        faults += [(url, sql) for sql in writes]
        if answer.status_code >= 500 and url != "/readyz":
            faults.append((url, answer.status_code))
        content_type = answer.headers.get("Content-Type", "")
        if content_type.startswith("text/html") and answer.content:
            page = Page(answer.content.decode())
            faults += [(url, each) for each in find_faults(page)]
            framed = is_framed(url)
            faults += [(url, s) for s in find_missing_headers(answer, framed=framed)]
    return faults


def is_framed(url: str) -> bool:
    """Whether it is the preview of a status page, which its set-up shows in a frame."""
    path = url.partition("?")[0]
    return resolve(path).view_name == "alerts:status-page-preview"


def find_missing_headers(answer, *, framed: bool = False) -> list[str]:
    policy = answer.headers.get("Content-Security-Policy", "")
    form_action = "form-action 'none'" if framed else "form-action 'self'"
    missing = [
        directive
        for directive in (
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            form_action,
            "frame-ancestors 'self'" if framed else "frame-ancestors 'none'",
        )
        if directive not in policy
    ]
    missing += [word for word in ("unsafe", "*", "http:", "blob:") if word in policy]
    wanted = {
        "X-Content-Type-Options": ("nosniff",),
        # A page whose address is a key tells it to nobody, not even to us.
        "Referrer-Policy": ("same-origin", "no-referrer"),
        "X-Frame-Options": ("SAMEORIGIN" if framed else "DENY",),
        "Cross-Origin-Opener-Policy": ("same-origin",),
    }
    missing += [n for n, taken in wanted.items() if answer.headers.get(n) not in taken]
    # The admin says "max-age=0, no-cache, no-store, must-revalidate, private".
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        missing.append("Cache-Control: no-store")
    return missing


def test_opening_pages_changes_nothing(ours):
    client = ours.sign_in("admin", raise_request_exception=False)
    before = take_snapshot()
    urls = [
        link
        for url in list_urls(ours, list_pages())
        for link in list_links(client, url)
    ]
    assert not visit(client, urls)
    assert not list_differences(before)


def test_opening_pages_without_signing_in_changes_nothing(ours):
    client = Client(raise_request_exception=False)
    before = take_snapshot()
    values = {"uidb64": "MQ", "token": "set-password"}
    for address in list_addresses():
        if address.name not in PUBLIC:
            continue
        names = address.parameters
        url = ours.url(address) if not names else _fill(address, values)
        assert not visit(client, [url])
    assert not list_differences(before)


def _fill(address, values):
    return reverse(address.name, kwargs={n: values[n] for n in address.parameters})


def test_opening_the_admin_changes_nothing(ours):
    client = operator()
    before = take_snapshot()
    addresses = [each for each in list_admin() if each.name != "admin:logout"]
    assert not visit(client, list_urls(ours, addresses))
    assert not list_differences(before)


def test_reading_the_api_changes_nothing(ours, make_program):
    program = make_program(ours.api_keys["admin"])
    before = take_snapshot()
    for address in list_resources():
        for method in {"HEAD", "OPTIONS", *address.actions} - {
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
        }:
            with record_writes() as writes:
                answer = program.send(method, ours.url(address))
            assert not writes, (method, address.name)
            assert answer.status_code < 500, (method, address.name)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not list_differences(before)


def test_head_is_answered_wherever_get_is(ours):
    client = ours.sign_in("admin", raise_request_exception=False)
    for url in list_urls(ours, list_pages()):
        head = client.head(url)
        assert head.status_code == client.get(url).status_code, url
        assert not head.content, url


# Secrets


def find_secrets(world, text: str) -> list[str]:
    return [name for name, secret in world.secrets.items() if secret in text]


def test_no_secret_is_shown_to_a_viewer(ours, make_program):
    viewer = ours.sign_in("viewer")
    program = make_program(ours.api_keys["read"])
    pages = [viewer.get(url) for url in list_urls(ours, list_pages())]
    answers = [
        program.send("GET", ours.url(each))
        for each in list_resources()
        if "GET" in each.actions
    ]
    for answer in (*pages, *answers):
        shown = find_secrets(ours, answer.content.decode())
        assert not shown, (answer.request["PATH_INFO"], shown)


def test_no_stored_secret_comes_back_to_an_admin(ours, make_program):
    client = ours.sign_in("admin")
    boss = operator()
    program = make_program(ours.api_keys["admin"])
    pages = [client.get(url) for url in list_urls(ours, list_pages())]
    pages += [boss.get(url) for url in list_urls(ours, list_admin())]
    answers = [
        program.send("GET", ours.url(each))
        for each in list_resources()
        if "GET" in each.actions
    ]
    for answer in (*pages, *answers):
        # URLs of receivers and calendars are there to be copied by those who may edit.
        shown = set(find_secrets(ours, answer.content.decode()))
        copied = {"receiver's token", "feed"}
        assert not shown - copied, answer.request["PATH_INFO"]


def test_secrets_are_encrypted_or_hashed_in_the_database(ours):
    plain = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            text = repr(cursor.fetchall())
            plain += [(table, name) for name in find_secrets(ours, text)]
    hashes = {"hash read", "hash write", "hash admin", "receiver's hash"}
    hashes |= {"password hash", "password hash of a page"}
    hashes |= {"feed's hash", "subscriber's hash"}
    assert {name for _, name in plain} <= hashes


# What people and senders write


@pytest.fixture
def probed(db):
    return build_world(PROBE, url="javascript:alert(1)//hook")


def test_stored_texts_are_escaped_everywhere(probed):
    client = probed.sign_in("admin", raise_request_exception=False)
    shown = 0
    for url in list_urls(probed, list_pages()):
        answer = client.get(url)
        text = answer.content.decode()
        assert answer.status_code < 500, url
        if not answer["Content-Type"].startswith("text/html"):
            continue  # a list to download, such as of subscribers
        page = Page(text)
        assert "xss-probe" not in {tag for tag, _ in page.elements}, url
        assert not any("onprobe" in given for _, given in page.elements), url
        assert not find_faults(page), url
        assert "49" not in text.partition("&lt;xss-probe")[2][:120], url
        shown += "&lt;xss-probe" in text
    assert shown > len(list_pages()) / 2, "hardly any page shows the probe"


def test_stored_texts_are_escaped_in_the_admin(probed):
    client = operator()
    for url in list_urls(probed, list_admin()):
        text = client.get(url).content.decode()
        assert "<xss-probe" not in text, url
        assert not find_faults(Page(text)), url


def test_cookies_are_kept_from_scripts_and_other_sites(ours):
    client = Client()
    user = ours.people["viewer"]
    client.post(
        "/accounts/login/",
        {"username": user.email, "password": "correct horse battery"},
    )
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert settings.CSRF_COOKIE_SAMESITE == "Lax"
