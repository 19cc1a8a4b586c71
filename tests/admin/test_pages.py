"""Every page of the admin answers, with rows, in a bounded number of queries."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from accounts.actions import record_audit
from accounts.datatypes import SYSTEM
from alerts.models import (
    DailyUptime,
    Escalation,
    PostTemplate,
    Preferences,
    Silenced,
    Subscriber,
    UptimeProgress,
)
from integrations_project.lib.ids import uuid7
from monitors.models import Host, Retention
from tests.factories import (
    make_alert_type,
    make_api_key,
    make_attempt,
    make_delivery,
    make_destination,
    make_incident,
    make_monitor,
    make_network,
    make_organization,
    make_override,
    make_policy,
    make_receipt,
    make_receiver,
    make_replay,
    make_rotation,
    make_rule,
    make_run,
    make_service,
    make_status_change,
    make_status_page,
    make_status_post,
    make_window,
)
from webhooks.models import Pump

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
#: Session, user, their organizations, counts, rows, and what a page shows beside.
MOST_QUERIES = 20
SEARCHED = (
    "x",
    "7",
    "9" * 30,
    str(uuid7()),
    "https://a.example/b?c=d",
    "\x00",
    "'\"%_",
)
SECRETS = ("s3cr3t-signing", "s3cr3t-password", "s3cr3t-hmac", "s3cr3t-header")


def make_silenced(service) -> None:
    Silenced.objects.create(
        organization=service.organization,
        window=make_window(organization=service.organization),
        subject_kind="service",
        subject_id=service.pk,
        since=timezone.now(),
    )


def make_one_of_each(organization, number: int) -> None:
    network = make_network(organization=organization)
    service = make_service(organization=organization, network=network)
    destination = make_destination(
        organization=organization,
        auth_method="basic",
        username="us",
        password="s3cr3t-password",
        secret="s3cr3t-signing",
        headers={"X-Api-Key": "s3cr3t-header"},
        networks=[network],
    )
    delivery = make_delivery(destination=destination)
    make_attempt(delivery=delivery)
    make_replay(destination=destination)
    receiver = make_receiver(service=service, hmac_secret="s3cr3t-hmac")
    make_receipt(receiver=receiver)
    incident = make_incident(services=[service])
    Escalation.objects.create(incident=incident, policy_label="Policy", next_at=None)
    schedule = make_rotation(organization=organization).schedule
    make_override(schedule=schedule)
    make_policy(steps=[schedule, destination])
    make_status_change(service=service)
    DailyUptime.objects.create(service=service, day=timezone.now().date())
    make_rule(targets=[destination], organization=organization)
    make_alert_type(organization=organization)
    make_silenced(service)
    page = make_status_page(services=[service])
    make_status_post(page=page)
    PostTemplate.objects.create(
        organization=organization, label=f"Template {number}", message="x"
    )
    Subscriber.objects.create(page=page, address=f"{number}@a.example", key="k")
    monitor = make_monitor(organization=organization, service=service)
    make_run(monitor=monitor, previous=make_run(monitor=monitor))
    Host.objects.create(origin=f"https://{number}.example", robots_text="User-agent: *")
    make_api_key(organization=organization)
    record_audit(
        organization=organization, actor=SYSTEM, action="x.y", target=destination
    )
    make_rows_of_the_machine(number)


def make_rows_of_the_machine(number: int) -> None:
    """Make what belongs to no organization."""
    now = timezone.now()
    Pump.objects.create(
        host="here", process_id=number, started_at=now, beat_at=now, progress_at=now
    )
    Schedule.objects.create(name=f"n{number}", func="os.getcwd")
    Failure.objects.create(
        id=uuid7().hex, name="f", func="x", started=now, stopped=now, success=False
    )
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        extra = {"failures_since_start": 1} if model is AccessAttempt else {}
        model.objects.create(username=f"u{number}", ip_address="127.0.0.1", **extra)


def make_only_ones(organization) -> None:
    """Make what an organization has one of."""
    Preferences.objects.create(organization=organization)
    Retention.objects.create(organization=organization)
    UptimeProgress.objects.create(
        organization=organization, time_zone="UTC", checked_at=timezone.now()
    )


@pytest.fixture
def rows(organization):
    for number in range(3):
        make_one_of_each(organization, number)
    make_only_ones(organization)
    return organization


def url_of(model, page: str, *args: object) -> str:
    return reverse(
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args
    )


def read(client: Client, url: str, *, most: int = MOST_QUERIES) -> str:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(url)
    assert response.status_code == 200, url
    assert len(queries) <= most, (url, [q["sql"][:200] for q in queries])
    html = response.content.decode()
    assert not [secret for secret in SECRETS if secret in html]
    assert " style=" not in html
    assert "<script>" not in html
    return html


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_list(root, rows, model):
    html = read(root, url_of(model, "changelist"))
    assert model._meta.label == "auth.Group" or "result_list" in html


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_search(root, rows, model):
    for words in SEARCHED:
        response = root.get(url_of(model, "changelist"), {"q": words})
        assert response.status_code == 200, words


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_change_page(root, rows, model):
    row = model._default_manager.first()
    read(root, url_of(model, "change", row.pk), most=30)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_add_page(root, rows, model):
    may_add = admin.site._registry[model].has_add_permission
    response = root.get(f"{url_of(model, 'add')}?organization={rows.pk}")
    assert response.status_code in (200, 403)
    request = response.wsgi_request
    assert (response.status_code == 200) is may_add(request)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_filters(root, rows, model):
    model_admin = admin.site._registry[model]
    for each in model_admin.list_filter:
        if isinstance(each, str):
            continue
        request = root.get(url_of(model, "changelist")).wsgi_request
        lookups = each(request, {}, model, model_admin).lookup_choices
        for value, _label in [*lookups, ("nonsense", "")]:
            query = {each.parameter_name: value}
            answer = root.get(url_of(model, "changelist"), query)
            assert answer.status_code == 200, query


def test_index_says_what_is_wrong(root, organization):
    make_destination(
        organization=organization,
        label="Broken hook",
        consecutive_failures=3,
        last_error="Connection refused",
    )
    make_incident(organization=organization, title="Lights out")
    html = read(root, reverse("admin:index"), most=30)
    assert "Broken hook" in html
    assert "Connection refused" in html
    assert "Lights out" in html
    assert "No worker delivers" in html


def test_add_asks_for_the_organization(root, organization):
    make_organization(name="Theirs")
    html = read(root, reverse("admin:webhooks_destination_add"))
    assert "For which organization?" in html
    assert "Theirs" in html


def test_only_one_organization_is_not_asked_for(root, organization):
    response = root.get(reverse("admin:webhooks_destination_add"))
    assert response.url.endswith(f"?organization={organization.pk}")


def test_pickles_are_not_shown():
    registered = set(admin.site._registry)
    assert not registered & {OrmQ, Success}


@pytest.mark.parametrize("page", ["index", "webhooks_destination_changelist"])
def test_strangers_are_sent_to_sign_in(db, page):
    response = Client().get(reverse(f"admin:{page}"))
    assert response.status_code == 302
    assert "/login/?next=" in response.url
    assert Client().get(response.url).status_code == 200


def test_malformed_ids_are_not_found(root, organization):
    for model in MODELS:
        base = url_of(model, "changelist")
        for path in ("nonsense/change/", "7/page/", "_5F/delete/", "%00/history/"):
            assert root.get(f"{base}{path}").status_code < 500
        assert root.post(f"{base}nonsense/actions/verify/").status_code < 500
