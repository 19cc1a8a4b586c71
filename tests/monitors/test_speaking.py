"""Failures in a row turn a service, successes turn it back, and nothing else does."""

from __future__ import annotations

import pytest

from accounts.datatypes import SYSTEM
from alerts.models import Incident, Service, ServiceSource, StatusChange
from monitors.actions.recording import record_failure
from monitors.actions.schedules import pause_schedule
from monitors.exceptions import ExtractionFailed, UnexpectedStatus
from monitors.fetching import PageUnavailable
from monitors.models import Job, Schedule
from tests.factories import make_incident, make_monitor, make_service
from tests.monitors.test_recording import NOW, PAGE, answer, make_running, succeed
from webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    return make_service()


@pytest.fixture
def monitor(service):
    return make_monitor(organization=service.organization, service=service, urls=[PAGE])


def fail(monitor, url=PAGE):
    job = make_running(monitor, url=url)
    error = PageUnavailable(f"{url} does not answer.")
    record_failure(job, error=error, status_code=None, now=NOW)


def pass_(monitor, url=PAGE, **fields):
    return succeed(make_running(monitor, url=url), fetched=answer(**fields))


def status(service):
    return Service.objects.get(pk=service.pk).status


def settle(monitor, **fields):
    Schedule.objects.filter(pk=monitor.pk).update(**fields)
    monitor.refresh_from_db()


def test_down_after_failures_in_a_row_and_back(monitor, service):
    fail(monitor)
    assert status(service) == "operational"
    fail(monitor)
    assert status(service) == "down"
    source = ServiceSource.objects.get()
    assert (source.source_kind, source.source_label) == ("monitor", monitor.name)
    assert source.message == f"{PAGE} does not answer."
    stored = Schedule.objects.get()
    assert (stored.consecutive_failures, stored.last_error) == (2, source.message)

    pass_(monitor)
    assert status(service) == "operational"
    assert not ServiceSource.objects.exists()
    assert Schedule.objects.get().consecutive_failures == 0


def test_success_between_begins_anew(monitor, service):
    fail(monitor)
    pass_(monitor)
    fail(monitor)

    assert status(service) == "operational"


def test_further_failures_write_nothing_more(monitor):
    settle(monitor, failure_threshold=1, failure_status="degraded")
    fail(monitor)
    fail(monitor)

    assert [change.status for change in StatusChange.objects.all()] == ["degraded"]


def test_change_of_status_has_the_trace_of_the_run(monitor):
    settle(monitor, failure_threshold=1)
    fail(monitor)

    assert StatusChange.objects.get().trace == Job.objects.get().trace


def test_unmet_expectation_counts_as_a_failure(monitor, service):
    settle(monitor, failure_threshold=2, expectations={"response_ms": 100})

    first = pass_(monitor)
    pass_(monitor)

    assert first.status == "completed"
    assert first.unmet == "The page took 120 ms to answer, more than 100 ms."
    assert status(service) == "down"
    pass_(monitor, duration_ms=99)
    assert status(service) == "operational"


def test_unmet_page_is_asked_for_whole_again(monitor):
    settle(monitor, expectations={"text": ["In stock"]})

    assert pass_(monitor).etag == ""


def test_answer_that_cannot_be_read_is_judged_by_what_is_expected(monitor, service):
    settle(monitor, failure_threshold=1, expectations={"status_codes": [401]})
    error = ExtractionFailed("The page has no text.")

    def fail_to_read(status_code):
        fetched = answer(status_code, page=None)
        record_failure(
            make_running(monitor),
            error=error,
            status_code=status_code,
            now=NOW,
            fetched=fetched,
        )

    fail_to_read(401)
    assert status(service) == "operational"
    fail_to_read(200)
    assert status(service) == "down"
    assert Job.objects.latest("id").unmet == "The page answered 200 instead of 401."


def test_unexpected_status_is_a_failure_whatever_else_is_expected(monitor, service):
    settle(monitor, failure_threshold=1, expectations={"response_ms": 5_000})
    record_failure(
        make_running(monitor),
        error=UnexpectedStatus("The page was answered with 500."),
        status_code=500,
        now=NOW,
        fetched=answer(500),
    )

    assert status(service) == "down"


def test_nothing_expected_and_nothing_read_is_a_failure(monitor, service):
    settle(monitor, failure_threshold=1)
    record_failure(
        make_running(monitor),
        error=ExtractionFailed("The page has no text."),
        status_code=200,
        now=NOW,
        fetched=answer(),
    )

    assert status(service) == "down"


def test_each_page_counts_for_itself(monitor, service):
    other = f"{PAGE}/2"
    settle(monitor, urls=[PAGE, other], is_batch=True)
    for _ in range(2):
        fail(monitor)
        pass_(monitor, url=other)
    assert status(service) == "down"

    fail(monitor, url=other)
    assert ServiceSource.objects.get().message.endswith("1 more page fails, too.")
    pass_(monitor)
    assert status(service) == "down"  # the other one fails still
    pass_(monitor, url=other)
    assert status(service) == "operational"


def test_incident_as_the_setting_says(monitor):
    settle(
        monitor,
        failure_threshold=1,
        auto_create_incidents="down",
        incident_severity="critical",
    )
    fail(monitor)

    incident = Incident.objects.get()
    assert (incident.status, incident.severity) == ("opened", "critical")
    assert (incident.source_kind, incident.source_id) == ("monitor", str(monitor.pk))
    pass_(monitor)
    incident.refresh_from_db()
    assert incident.status == "resolved"
    assert set(Event.objects.values_list("type", flat=True)) == {
        "monitor.job_failed",
        "monitor.job_completed",
        "incident.opened",
        "incident.resolved",
    }


def test_incident_of_others_stays_open(monitor, service):
    settle(monitor, failure_threshold=1)
    incident = make_incident(organization=service.organization, services=[service])
    fail(monitor)
    pass_(monitor)

    incident.refresh_from_db()
    assert incident.status == "opened"


def test_degraded_opens_only_when_asked(monitor):
    settle(
        monitor,
        failure_threshold=1,
        failure_status="degraded",
        auto_create_incidents="down",
    )
    fail(monitor)

    assert not Incident.objects.exists()


def test_paused_monitor_says_nothing(monitor, service):
    settle(monitor, failure_threshold=1)
    fail(monitor)
    job = make_running(monitor)

    pause_schedule(monitor, actor=SYSTEM, now=NOW)
    assert status(service) == "operational"
    record_failure(job, error=PageUnavailable(), status_code=None, now=NOW)
    assert status(service) == "operational"


def test_deleted_service_does_not_lose_the_run(monitor, service):
    settle(monitor, failure_threshold=1)
    job = make_running(monitor)
    service.delete()

    record_failure(job, error=PageUnavailable(), status_code=None, now=NOW)

    assert Job.objects.get().status == "failed"
