"""Schedules are made, changed, paused and deleted, with the destination they keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from alerts.actions import change_service_status
from alerts.datatypes import StatusUpdate
from alerts.models import ServiceSource
from integrations_project.lib.ids import uuid7
from monitors.actions.schedules import (
    change_schedule,
    create_schedule,
    delete_schedule,
    pause_schedule,
    regenerate_secret,
    resume_schedule,
    run_now,
)
from monitors.actions.speaking import source_of
from monitors.exceptions import NoWebhook
from monitors.models import Job, Schedule
from tests.factories import (
    make_delivery,
    make_monitor,
    make_network,
    make_run,
    make_service,
    make_strategy,
)
from webhooks.models import Destination

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAGE = "https://example.com/prices"
HOOK = "http://127.0.0.1:47999/hook"

pytestmark = pytest.mark.django_db


def create(**values):
    strategy = values.pop("strategy", None) or make_strategy()
    defaults = {"url": PAGE, "interval_seconds": 3600}
    return create_schedule(
        strategy.organization,
        strategy=strategy,
        values=defaults | values,
        actor=SYSTEM,
        now=NOW,
    )


def change(schedule, **values):
    return change_schedule(schedule, values=values, actor=SYSTEM, now=NOW)


def sentence_of(refused, field):
    return refused.value.message_dict[field][0]


def test_interval_begins_with_a_first_run_at_once():
    schedule, secret = create()

    assert schedule.next_run_at == NOW + timedelta(hours=1)
    assert secret is None
    [job] = Job.objects.filter(schedule=schedule)
    assert (job.status, job.url, job.slot_at) == ("pending", PAGE, None)
    assert AuditEntry.objects.get(action="monitor.created").object_id == str(
        schedule.pk
    )


def test_cron_waits_for_its_first_slot():
    schedule, _ = create(
        interval_seconds=None, cron_expression="0 9 * * *", time_zone="Europe/Berlin"
    )

    assert schedule.next_run_at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert not Job.objects.exists()


def test_paused_from_the_start():
    schedule, _ = create(enabled=False)

    assert schedule.next_run_at is None
    assert not Job.objects.exists()


def test_several_pages_each_once():
    schedule, _ = create(url=None, urls=[PAGE, f"{PAGE}/2", PAGE])

    assert (schedule.urls, schedule.is_batch) == ([PAGE, f"{PAGE}/2"], True)


REFUSED = [
    pytest.param({"interval_seconds": 59}, "interval_seconds", id="too often"),
    pytest.param({"interval_seconds": "x"}, "interval_seconds", id="no number"),
    pytest.param({"interval_seconds": None}, "interval_seconds", id="no time"),
    pytest.param({"cron_expression": "0 9 * * *"}, "cron_expression", id="both times"),
    pytest.param(
        {"interval_seconds": None, "cron_expression": "9"}, "cron_expression", id="cron"
    ),
    pytest.param(
        {"interval_seconds": None, "cron_expression": "0 0 30 2 *"},
        "cron_expression",
        id="never",
    ),
    pytest.param({"time_zone": "Mars/Base"}, "time_zone", id="no zone"),
    pytest.param({"url": ""}, "url", id="no page"),
    pytest.param({"url": "ftp://example.com/"}, "url", id="no web page"),
    pytest.param({"url": "http://10.0.0.1/"}, "url", id="private address"),
    pytest.param({"urls": [PAGE]}, "urls", id="url and urls"),
    pytest.param({"url": None, "urls": [PAGE, 5]}, "urls", id="no text"),
    pytest.param({"url": None, "urls": "x"}, "urls", id="no list"),
    pytest.param({"webhook_url": "nonsense"}, "webhook_url", id="no URL"),
    pytest.param({"webhook_url": 5}, "webhook_url", id="URL no text"),
    pytest.param({"webhook_url": "http://10.1.2.3/"}, "webhook_url", id="private hook"),
    pytest.param({"webhook_secret": "s"}, "webhook_url", id="secret alone"),
    pytest.param(
        {"webhook_url": HOOK, "webhook_type": "fax"}, "webhook_type", id="no type"
    ),
    pytest.param(
        {"webhook_url": HOOK, "webhook_secret": "é"}, "webhook_secret", id="no ASCII"
    ),
    pytest.param(
        {"webhook_url": "mailto:a@example.com", "webhook_secret": "s"},
        "webhook_secret",
        id="secret of a mail",
    ),
    pytest.param({"webhook_metadata": [1]}, "webhook_metadata", id="no object"),
    pytest.param(
        {"webhook_metadata": {"a": "x" * 20_000}}, "webhook_metadata", id="too long"
    ),
    pytest.param({"parameters": {"a": {}}}, "parameters", id="nested parameter"),
    pytest.param({"expectations": {"colour": 1}}, "expectations", id="expectation"),
    pytest.param({"failure_threshold": 0}, "failure_threshold", id="threshold"),
    pytest.param({"name": "x" * 201}, "name", id="long name"),
]


@pytest.mark.parametrize(("values", "field"), REFUSED)
def test_refused_with_a_sentence(values, field):
    with pytest.raises(ValidationError) as refused:
        create(**values)

    assert sentence_of(refused, field).endswith((".", "…."))
    assert not Schedule.objects.exists()
    assert not Destination.objects.exists()


def test_all_that_is_wrong_is_said_together():
    with pytest.raises(ValidationError) as refused:
        create(url="x", interval_seconds=5, webhook_url="y", time_zone="z")

    assert set(refused.value.message_dict) == {
        "url",
        "interval_seconds",
        "webhook_url",
        "time_zone",
    }


def test_service_and_networks_of_others_are_refused():
    with pytest.raises(ValidationError) as refused:
        create(service=make_service(), networks=[make_network()])

    assert set(refused.value.message_dict) == {"service", "networks"}


def test_webhook_is_a_destination_with_a_generated_secret():
    schedule, secret = create(webhook_url=HOOK, webhook_metadata={"team": "data"})

    row = schedule.destination
    assert secret.startswith("whsec_")
    assert (row.kind, row.format, row.managed_by) == (
        "webhook",
        "content_change",
        "monitor",
    )
    assert (row.signature, row.secret) == ("shared_secret", secret)
    assert row.event_types == []
    assert (schedule.webhook_url, schedule.webhook_type) == (HOOK, "standard")


def test_given_secret_is_kept_and_not_repeated():
    schedule, secret = create(webhook_url=HOOK, webhook_secret="mine")

    assert (secret, schedule.destination.secret) == (None, "mine")


DETECTED = [
    ("https://hooks.slack.com/services/T0/B0/x1", "slack", "chat", "slack"),
    (
        "https://hooks.slack.com/triggers/T0/1/x1",
        "slack_workflow",
        "chat",
        "slack_workflow",
    ),
    ("https://discord.com/api/webhooks/1/abc1", "discord", "chat", "discord"),
    ("mailto:ops@example.com", "email", "email", "message"),
    ("ops@example.com, b@example.com", "email", "email", "message"),
]


@pytest.mark.parametrize(("url", "webhook_type", "kind", "body"), DETECTED)
def test_type_is_known_from_the_url(monkeypatch, url, webhook_type, kind, body):
    # Nothing is looked up: whether the host is there now is not asked here.
    monkeypatch.setattr("webhooks.validation.kinds.find_url_error", lambda _url: "")

    schedule, secret = create(webhook_url=url)

    row = schedule.destination
    assert (schedule.webhook_type, row.kind, row.format) == (webhook_type, kind, body)
    assert (secret is None) == (kind == "email")


def test_type_may_be_said_for_any_url():
    schedule, _ = create(webhook_url=HOOK, webhook_type="slack_workflow")

    assert schedule.destination.service_url == HOOK
    assert schedule.webhook_url == "http://127.0.0.1:47999/…"


def test_change_leaves_what_is_not_named():
    schedule, _ = create(webhook_url=HOOK, webhook_secret="mine", name="Prices")
    destination_id = schedule.destination_id

    schedule, secret = change(schedule, webhook_metadata={"a": 1})

    stored = Schedule.objects.get(pk=schedule.pk)
    assert (stored.name, stored.destination_id, secret) == (
        "Prices",
        destination_id,
        None,
    )
    assert stored.destination.secret == "mine"
    assert stored.webhook_metadata == {"a": 1}


def test_url_takes_the_place_of_urls_and_back():
    schedule, _ = create()

    schedule, _ = change(schedule, urls=[PAGE, f"{PAGE}/2"])
    assert schedule.is_batch
    schedule, _ = change(schedule, url=PAGE)
    assert (schedule.urls, schedule.is_batch) == ([PAGE], False)


def test_cron_takes_the_place_of_the_interval():
    schedule, _ = create()

    schedule, _ = change(schedule, cron_expression="30 12 * * *")

    assert schedule.interval_seconds is None
    assert schedule.next_run_at == NOW + timedelta(minutes=30)


def test_new_interval_counts_from_now():
    schedule, _ = create()
    schedule, _ = change(schedule, interval_seconds=60)

    assert schedule.next_run_at == NOW + timedelta(minutes=1)


def test_empty_secret_makes_another():
    schedule, first = create(webhook_url=HOOK)

    schedule, second = change(schedule, webhook_secret="")

    assert second not in (None, first)
    assert Destination.objects.get().secret == second


def test_another_secret_needs_a_webhook():
    schedule, _ = create()

    with pytest.raises(ValidationError) as refused:
        change(schedule, webhook_secret="")

    assert sentence_of(refused, "webhook_url").startswith("Write where")


def test_other_host_gets_a_secret_of_its_own():
    schedule, _ = create(webhook_url=HOOK, webhook_secret="mine")

    schedule, secret = change(schedule, webhook_url="http://127.0.0.1:48000/hook")

    assert secret.startswith("whsec_")
    assert Destination.objects.get().secret == secret


def test_other_path_keeps_the_secret():
    schedule, _ = create(webhook_url=HOOK, webhook_secret="mine")

    schedule, secret = change(schedule, webhook_url=f"{HOOK}/2")

    assert (secret, Destination.objects.get().secret) == (None, "mine")
    assert schedule.webhook_url == f"{HOOK}/2"


def test_shown_form_of_a_chat_keeps_its_address():
    schedule, _ = create(webhook_url=HOOK, webhook_type="slack")

    schedule, secret = change(schedule, webhook_url=schedule.webhook_url)

    assert schedule.destination.service_url == HOOK
    assert (schedule.webhook_type, secret) == ("slack", None)


@pytest.mark.parametrize(
    ("values", "webhook_type"),
    [
        pytest.param({"webhook_url": f"{HOOK}/2"}, "discord", id="goes on"),
        pytest.param(
            {"webhook_url": f"{HOOK}/2", "webhook_type": ""}, "standard", id="detected"
        ),
        pytest.param(
            {"webhook_url": "https://hooks.slack.com/services/T0/B0/x1"},
            "slack",
            id="the address tells",
        ),
    ],
)
def test_type_that_was_said_goes_on_at_another_address(
    monkeypatch, values, webhook_type
):
    monkeypatch.setattr("webhooks.validation.kinds.find_url_error", lambda _url: "")
    schedule, _ = create(webhook_url=HOOK, webhook_type="discord")

    schedule, _ = change(schedule, **values)

    assert schedule.webhook_type == webhook_type


def test_other_type_ends_the_destination_before():
    schedule, _ = create(webhook_url=HOOK)
    former = schedule.destination
    make_delivery(destination=former)

    schedule, _ = change(schedule, webhook_type="slack")

    former.refresh_from_db()
    assert not former.enabled
    assert schedule.destination_id != former.pk
    assert schedule.destination.format == "slack"


def test_no_webhook_any_more():
    schedule, _ = create(webhook_url=HOOK)

    schedule, _ = change(schedule, webhook_url="")

    assert (schedule.destination, schedule.webhook_type) == (None, "")
    assert not Destination.objects.exists()


def test_disabled_webhook_is_tried_again_when_its_url_is_saved():
    schedule, _ = create(webhook_url=HOOK)
    Destination.objects.update(enabled=False, disabled_reason="It answered 410.")
    schedule = Schedule.objects.get()

    change(schedule, name="Prices")
    assert not Destination.objects.get().enabled
    change(Schedule.objects.get(), webhook_url=HOOK)
    assert Destination.objects.get().enabled


def test_change_keeps_what_the_runner_noted():
    schedule, _ = create()
    later = NOW + timedelta(hours=5)
    Schedule.objects.update(next_run_at=later, last_run_at=NOW, consecutive_failures=3)

    change(schedule, name="Prices")

    stored = Schedule.objects.get()
    assert (stored.next_run_at, stored.last_run_at) == (later, NOW)
    assert stored.consecutive_failures == 3


def test_refused_change_writes_nothing():
    schedule, _ = create(webhook_url=HOOK)

    with pytest.raises(ValidationError):
        change(schedule, name="Prices", webhook_url=f"{HOOK}/2", interval_seconds=5)

    assert Schedule.objects.get().name == ""
    assert Destination.objects.get().url == HOOK


def test_change_is_in_the_audit_log_without_secrets():
    schedule, _ = create(webhook_url=HOOK)

    change(schedule, name="Prices", webhook_secret="hidden words")

    entry = AuditEntry.objects.get(action="monitor.updated")
    assert entry.changes["name"] == ["", "Prices"]
    assert entry.changes["webhook_secret"] == ["***", "***"]
    logged = str(list(AuditEntry.objects.values_list("changes")))
    assert "hidden words" not in logged


def test_regenerated_secret_is_another_at_once():
    schedule, first = create(webhook_url=HOOK)

    second = regenerate_secret(schedule, actor=SYSTEM, now=NOW)

    row = Destination.objects.get()
    assert second != first
    assert row.active_secrets(now=NOW) == [second]


def test_secret_needs_a_webhook():
    schedule, _ = create()

    with pytest.raises(NoWebhook):
        regenerate_secret(schedule, actor=SYSTEM, now=NOW)


def speak(schedule, service):
    update = StatusUpdate(
        status="down", source=source_of(schedule), trace=uuid7(), now=NOW
    )
    change_service_status(service.pk, update, actor=SYSTEM)


def test_pause_and_resume():
    schedule, _ = create()
    service = make_service(organization=schedule.organization)
    Schedule.objects.update(service=service, consecutive_failures=3)
    speak(schedule, service)

    assert pause_schedule(schedule, actor=SYSTEM, now=NOW)
    assert not pause_schedule(schedule, actor=SYSTEM, now=NOW)
    stored = Schedule.objects.get()
    assert (stored.enabled, stored.next_run_at) == (False, None)
    assert stored.consecutive_failures == 0
    assert not ServiceSource.objects.exists()

    assert resume_schedule(schedule, actor=SYSTEM, now=NOW)
    assert Schedule.objects.get().next_run_at == NOW + timedelta(hours=1)
    assert AuditEntry.objects.filter(action="monitor.resumed").count() == 1


def test_other_service_is_spoken_of_alone():
    schedule, _ = create()
    first = make_service(organization=schedule.organization)
    second = make_service(organization=schedule.organization)
    change(schedule, service=first)
    speak(schedule, first)

    change(Schedule.objects.get(), service=second)

    assert not ServiceSource.objects.exists()


def test_delete_keeps_past_runs_only():
    schedule, _ = create(webhook_url=HOOK)
    past = make_run(monitor=schedule)
    service = make_service(organization=schedule.organization)
    speak(schedule, service)

    delete_schedule(schedule, actor=SYSTEM, now=NOW)

    assert list(Job.objects.all()) == [past]
    assert not Schedule.objects.exists()
    assert not Destination.objects.exists()
    assert not ServiceSource.objects.exists()


def test_run_now_asks_for_each_page():
    schedule = make_monitor(urls=[PAGE, f"{PAGE}/2"])

    jobs = run_now(schedule, now=NOW)

    assert [job.url for job in jobs] == schedule.urls
    assert {job.slot_at for job in jobs} == {None}
