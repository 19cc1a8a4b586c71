from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from integrations_project.lib.ids import first_id_at, uuid7


def test_ids_are_ordered_by_time():
    now = timezone.now()
    made = uuid7()
    assert made.version == 7
    assert first_id_at(now - timedelta(seconds=1)) < made
    assert made < first_id_at(now + timedelta(seconds=5))


def test_ids_of_one_moment_keep_their_order():
    made = [uuid7() for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
