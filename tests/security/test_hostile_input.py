"""Nothing that can be typed or sent breaks a page, or is shown unescaped."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from integrations_project.lib.ids import uuid7
from tests.run import is_second_run
from tests.security.addresses import (
    list_admin,
    list_pages,
    list_resources,
)
from tests.security.database import undone
from tests.security.html import Page, find_faults
from tests.security.world import BACKEND

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
#: The second database sees one form with all fields hostile, since few of those are
#: stored, and all with one hostile field, since many are.
TURNS = 1 if is_second_run else 3


def encode(data) -> str:
    return urlencode(data, doseq=True, errors="surrogatepass")


def find_problem(answer) -> str:
    if answer.status_code >= 500:
        return f"answers {answer.status_code}"
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return ""
    if is_second_run:
        return ""  # what a page holds was judged on the first database
    page = Page(answer.content.decode())
    if any(tag == "xss-probe" or "onprobe" in a for tag, a in page.elements):
        return "shows it unescaped"
    return ", ".join(find_faults(page))


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


def list_hostile_posts(form, seed: int, *, turns: int = TURNS, singles: bool = True):
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
                if answer.status_code not in (200, 400, 404, 422):
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


def test_failed_sign_ins_are_recorded_whatever_was_typed(ours):
    for email in HOSTILE:
        Client().post(
            "/accounts/login/",
            encode({"username": email, "password": email}),
            content_type=FORM_TYPE,
        )
    assert AuditEntry.objects.filter(action="user.sign_in_failed").exists()
