"""How long runs are kept is decided in the admin, by the action that audits it."""

from __future__ import annotations

import pytest

from accounts.models import AuditEntry
from monitors.models import Retention

pytestmark = pytest.mark.django_db
ADD = "/admin/monitors/retention/add/"


def test_days_are_stored_and_changed(root, organization):
    days = {"run_days": "7", "change_days": "90"}
    answer = root.post(f"{ADD}?organization={organization.pk}", days)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    stored = Retention.objects.get()
    assert (stored.organization, stored.run_days) == (organization, 7)

    url = f"/admin/monitors/retention/{organization.pk}/change/"
    root.post(url, days | {"run_days": "8"})
    assert Retention.objects.get().run_days == 8
    assert AuditEntry.objects.filter(action="monitor.retention_updated").count() == 2


def test_days_that_cannot_be(root, organization):
    days = {"run_days": "0", "change_days": ""}
    answer = root.post(f"{ADD}?organization={organization.pk}", days)

    assert "A day at least." in answer.content.decode()
    assert not Retention.objects.exists()
