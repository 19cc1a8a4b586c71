"""When windows begin and end, and what they are about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from alerts import actions
from alerts.exceptions import WindowIsOff, WindowIsOver
from alerts.models import Service, Window
from tests.alerts.windows import HOUR, begin, end
from tests.factories import make_service, make_window


def test_scope_by_labels_takes_new_and_edited_services(service):
    organization = service.organization
    begin(service, labels={"team": "web"})
    now = timezone.now()
    new = actions.create_service(
        organization, actor=SYSTEM, now=now, name="New", labels={"team": "web"}
    )
    assert new.status == "maintenance"
    new.labels = {}
    actions.save_service(new, actor=SYSTEM)
    assert Service.objects.get(pk=new.pk).status == "operational"


def test_task_finds_services_that_nobody_announced(service):
    begin(service, company_wide=True)
    other = make_service(organization=service.organization)
    actions.run_windows(now=timezone.now())
    assert Service.objects.get(pk=other.pk).status == "maintenance"


def test_task_begins_and_ends_once(service, status_now):
    now = timezone.now()
    window = make_window(services=[service], starts_at=now + HOUR)
    assert actions.run_windows(now=now) == 0
    assert actions.run_windows(now=now + HOUR) == 1
    assert actions.run_windows(now=now + HOUR) == 0
    assert status_now() == "maintenance"
    assert actions.run_windows(now=window.ends_at) == 1
    assert actions.run_windows(now=window.ends_at) == 0
    assert status_now() == "operational"


def test_task_does_not_begin_what_is_over(service):
    now = timezone.now()
    make_window(services=[service], starts_at=now - 3 * HOUR, ends_at=now - HOUR)
    assert actions.run_windows(now=now) == 0
    assert not service.changes.exists()


def test_task_ends_late_what_was_on(service, status_now):
    window = begin(service)
    assert actions.run_windows(now=window.ends_at + timedelta(days=3)) == 1
    assert status_now() == "operational"


def test_missed_end_of_a_daily_one_goes_on(service, status_now):
    window = begin(service, recurrence="daily")
    next_day = window.starts_at + timedelta(days=1, minutes=5)
    assert actions.run_windows(now=next_day) == 0
    assert status_now() == "maintenance"
    assert service.changes.count() == 1
    until = window.ends_at + timedelta(days=1)
    assert Window.objects.get().active_until == until.replace(microsecond=0)


def test_two_windows_end_when_both_have(service, status_now):
    first, second = begin(service), begin(service, company_wide=True)
    end(first)
    assert status_now() == "maintenance"
    end(second)
    assert status_now() == "operational"


def test_ended_early_does_not_begin_again(service, status_now):
    window = end(begin(service))
    actions.run_windows(now=timezone.now())
    assert status_now() == "operational"
    # Other times are another occurrence.
    window.ends_at += HOUR
    actions.save_window(
        window, actor=SYSTEM, now=timezone.now(), networks=(), services=[service]
    )
    assert status_now() == "maintenance"


def test_cancelled_and_deleted_end(service, status_now):
    window = begin(service, recurrence="daily")
    actions.cancel_window(window, actor=SYSTEM, now=timezone.now())
    assert status_now() == "operational"
    actions.run_windows(now=window.starts_at + timedelta(days=1))
    assert status_now() == "operational"
    actions.delete_window(begin(service), actor=SYSTEM)
    assert status_now() == "operational"
    found = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(found) == [
        "window.created",
        "window.cancelled",
        "window.created",
        "window.deleted",
    ]


def test_what_cannot_be_done_is_refused(service):
    now = timezone.now()
    window = make_window(services=[service])
    with pytest.raises(WindowIsOff):
        actions.end_window(window, actor=SYSTEM, now=now)
    actions.cancel_window(window, actor=SYSTEM, now=now)
    with pytest.raises(WindowIsOver):
        actions.cancel_window(window, actor=SYSTEM, now=now)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"services": ()}, "services"),
        ({"title": ""}, "title"),
        ({"ends_at": timezone.now() - 2 * HOUR}, "ends_at"),
        ({"kind": "nap"}, "kind"),
    ],
)
def test_refused_with_a_sentence(service, fields, field):
    now = timezone.now()
    values = {"title": "A", "starts_at": now - 3 * HOUR, "ends_at": now + HOUR}
    services = fields.pop("services", [service])
    window = Window(organization=service.organization, **values | fields)
    with pytest.raises(ValidationError) as refused:
        actions.save_window(
            window, actor=SYSTEM, now=now, networks=(), services=services
        )
    assert field in refused.value.message_dict
