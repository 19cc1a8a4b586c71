"""Who may open and do what: every page and every resource, for every role and scope."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey
from tests.security.addresses import (
    METHODS,
    list_addresses,
    list_pages,
    list_resources,
)
from tests.security.database import list_differences, take_snapshot, undone

pytestmark = pytest.mark.django_db

#: Pages that need more than a Viewer. A page that is not named here must be readable
#: for everybody: a new form has to be entered, or this test refuses it.
ADMIN_PAGES = {
    "accounts:member-add",
    "accounts:member-edit",
    "accounts:member-remove",
    "accounts:network-add",
    "accounts:network-edit",
    "accounts:network-delete",
    "accounts:api-keys",
    "accounts:audit",
}
EDIT_PAGES = {
    "webhooks:add",
    "webhooks:edit",
    "webhooks:delete",
    "webhooks:disable",
    "webhooks:verify",
    "webhooks:verify-unsaved",
    "webhooks:rotate-secret",
    "webhooks:replay-start",
    "alerts:service-add",
    "alerts:service-edit",
    "alerts:service-delete",
    "alerts:rule-add",
    "alerts:rule-delete",
    "alerts:alert-type-add",
    "alerts:alert-type-edit",
    "alerts:alert-type-delete",
    "alerts:post-template-add",
    "alerts:post-template-delete",
    "alerts:subscriber-export",
    "alerts:subscriber-remove",
    "alerts:on-call-add",
    "alerts:on-call-edit",
    "alerts:on-call-delete",
    "alerts:on-call-rotate-feed",
    "alerts:on-call-rotation-add",
    "alerts:on-call-rotation-edit",
    "alerts:on-call-rotation-delete",
    "alerts:escalation-add",
    "alerts:escalation-delete",
    "alerts:window-add",
    "alerts:window-delete",
    "receivers:receiver-add",
    "receivers:receiver-add-all",
    "receivers:receiver-edit",
    "receivers:receiver-mapping",
    "receivers:receiver-mapping-import",
    "receivers:receipt-wipe",
    "receivers:receiver-rotate",
    "receivers:receiver-delete",
    "alerts:status-page-add",
    "alerts:status-page-delete",
    "monitors:monitor-add",
    "monitors:monitor-edit",
    "monitors:monitor-secret",
    "monitors:monitor-delete",
    "monitors:strategy-add",
    "monitors:strategy-delete",
}
RESPOND_PAGES = {
    "alerts:status-post-edit",
    "alerts:status-post-delete",
    "alerts:incident-add",
    "alerts:incident-edit",
    "alerts:incident-join",
    "alerts:incident-merge",
    "alerts:incident-post-mortem",
    "alerts:on-call-override-add",
    "alerts:on-call-override-delete",
}
#: What a Network Admin may open though it names no row of their networks: the empty
#: form, in which only their own networks can be chosen.
EMPTY_FORMS = {
    "webhooks:add",
    "webhooks:verify-unsaved",
    "alerts:service-add",
    "alerts:rule-add",
    "alerts:window-add",
    "alerts:window-preview",
    "receivers:receiver-add",
    "receivers:receiver-add-all",
    "monitors:monitor-add",
    "monitors:monitor-preview-unsaved",
    "monitors:monitor-timing-unsaved",
    "monitors:strategy-add",
    "monitors:strategy-preview-unsaved",
    # Only posted to: what is ticked there is judged row by row.
    "receivers:receipt-replay-chosen",
}
#: What everybody does to themselves.
PERSONAL = {
    "accounts:profile",
    "switch-organization",
    "password_change",
    "password_change_done",
    "alerts:on-call-my-feed",
}
#: Posts that only ask: what they send may be too long for an address.
QUESTIONS = {
    "webhooks:preview",
    "alerts:rule-preview",
    "alerts:rule-preview-unsaved",
}
RESPONSES = {
    "alerts:status-post-list",
    "alerts:status-post-edit",
    "alerts:status-post-delete",
    "alerts:on-call-override-add",
    "alerts:on-call-override-delete",
    "alerts:incident-add",
    "alerts:incident-edit",
    "alerts:incident-acknowledge",
    "alerts:incident-resolve",
    "alerts:incident-update",
    "alerts:incident-assign",
    "alerts:incident-bulk",
    "alerts:incident-join",
    "alerts:incident-merge",
    "alerts:incident-normal",
    "alerts:incident-post-mortem",
}
#: Rows that only an Admin, or a key of the scope admin, may change or even see.
ADMIN_RESOURCES = {
    "preferences": False,
    "networks": False,
    "api-keys": True,
    "audit": True,
}


def expected_pages(role: str) -> set[str]:
    """Return the pages that a role must be refused."""
    match role:
        case "admin":
            return set()
        case "network_admin":
            # Of other networks than the rows here.
            return ADMIN_PAGES | EDIT_PAGES - EMPTY_FORMS
        case "responder":
            return ADMIN_PAGES | EDIT_PAGES
        case _:
            return ADMIN_PAGES | EDIT_PAGES | RESPOND_PAGES


def test_tables_name_pages_that_exist():
    known = {each.name for each in list_addresses()}
    named = ADMIN_PAGES | EDIT_PAGES | RESPOND_PAGES | RESPONSES | PERSONAL
    named |= QUESTIONS
    assert named <= known


@pytest.mark.parametrize("role", ["viewer", "responder", "network_admin", "admin"])
def test_each_role_opens_its_pages(ours, role):
    client = ours.sign_in(role, raise_request_exception=False)
    refused, faults = set(), []
    for address in list_pages():
        answer = client.get(ours.url(address))
        if answer.status_code == 403:
            refused.add(address.name)
            if "needs the role" not in " ".join(answer.content.decode().split()):
                faults.append((address.name, "does not say which role is needed"))
        elif answer.status_code not in (200, 302, 405):
            faults.append((address.name, answer.status_code))
    assert refused == expected_pages(role)
    assert not faults


def may_post(role: str, name: str) -> bool:
    """Whether a role may do what this address does (to rows of other networks)."""
    if name in PERSONAL | QUESTIONS or role == "admin":
        return True
    if name in RESPONSES:
        return role != "viewer"
    return role == "network_admin" and name in EMPTY_FORMS


@pytest.mark.parametrize("role", ["viewer", "responder", "network_admin", "admin"])
def test_each_role_does_what_it_may(ours, role):
    client = ours.sign_in(role, raise_request_exception=False)
    before = take_snapshot()
    faults = []
    for address in list_pages():
        with undone():
            answer = client.post(ours.url(address))
        if answer.status_code == 405:
            continue
        is_refused = answer.status_code == 403
        if is_refused == may_post(role, address.name) or answer.status_code >= 500:
            faults.append((address.name, answer.status_code))
        if is_refused and "role" not in answer.content.decode():
            faults.append((address.name, "does not say which role is needed"))
    assert not faults
    assert not list_differences(before)


@pytest.mark.parametrize("role", ["viewer", "responder", "network_admin"])
def test_refused_posts_change_nothing(ours, role):
    client = ours.sign_in(role, raise_request_exception=False)
    before = take_snapshot()
    for address in list_pages():
        if not may_post(role, address.name):
            client.post(ours.url(address), {"status": "down", "message": "x"})
    assert not list_differences(before)


def test_anonymous_visitors_are_sent_to_sign_in(ours):
    client = Client(raise_request_exception=False)
    before = take_snapshot()
    for address in list_pages():
        url = ours.url(address)
        for method in METHODS:
            answer = client.generic(method, url)
            assert answer.status_code == 302, (method, url)
            assert answer["Location"].startswith(f"{reverse('login')}?next=/"), url
            assert ours.mark not in answer.content.decode()
    assert not list_differences(before)


def test_every_post_needs_a_csrf_token(ours):
    client = ours.sign_in("admin", enforce_csrf_checks=True)
    before = take_snapshot()
    for address in list_pages():
        answer = client.post(ours.url(address), headers={"Origin": "http://evil.test"})
        assert answer.status_code == 403, address.name
    assert not list_differences(before)


# The REST API


@pytest.mark.parametrize("key", ["", "sp_" + "x" * 40, "nonsense"])
def test_api_answers_401_without_a_known_key(ours, make_program, key):
    program = make_program(key)
    before = take_snapshot()
    for address in list_resources():
        for method in address.actions:
            answer = program.send(method, ours.url(address))
            assert answer.status_code == 401, (method, address.name)
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == 401
            assert "Bearer" in answer["WWW-Authenticate"]
            assert ours.mark not in answer.content.decode()
    assert not list_differences(before)


def test_api_takes_no_session(ours):
    client = ours.sign_in("admin", raise_request_exception=False)
    for address in list_resources():
        for method in address.actions:
            answer = client.generic(method, ours.url(address))
            assert answer.status_code == 401, (method, address.name)


def may_call(scope: str, address, method: str) -> bool:
    """Whether a key of this scope may call a method of a resource."""
    basename = address.name.removeprefix("api:")
    for name, is_hidden in ADMIN_RESOURCES.items():
        if basename.startswith(f"{name}-") and (is_hidden or method != "GET"):
            return scope == "admin"
    return method == "GET" or scope != "read"


@pytest.mark.parametrize("scope", ApiKey.Scope.values)
def test_each_scope_calls_what_it_may(ours, make_program, scope):
    program = make_program(ours.api_keys[scope])
    before = take_snapshot()
    faults = []
    for address in list_resources():
        for method in address.actions:
            with undone():
                answer = program.send(method, ours.url(address))
            is_refused = answer.status_code == 403
            if is_refused == may_call(scope, address, method):
                faults.append((method, address.name, answer.status_code))
            if is_refused and "key with the scope" not in answer.json()["detail"]:
                faults.append((method, address.name, answer.json()["detail"]))
            if answer.status_code >= 500:
                faults.append((method, address.name, answer.status_code))
    assert not faults
    assert not list_differences(before)


@pytest.mark.parametrize("scope", ["read", "write"])
def test_refused_calls_change_nothing(ours, make_program, scope):
    program = make_program(ours.api_keys[scope])
    before = take_snapshot()
    for address in list_resources():
        for method in address.actions:
            if not may_call(scope, address, method):
                program.send(method, ours.url(address), {"label": "x", "name": "x"})
    assert not list_differences(before)
