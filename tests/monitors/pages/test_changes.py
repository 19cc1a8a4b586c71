"""The feed of unseen changes, and the changelog."""

from __future__ import annotations

import pytest

from tests.factories import make_monitor, make_run, make_strategy

pytestmark = pytest.mark.django_db
OLD = [{"heading": "Prices", "content": "Basic costs 5 € a month"}]
NEW = [
    {"heading": "Prices", "content": "Basic costs 6 € a month"},
    {"heading": "Lisbon", "content": "We open an office there"},
]


def text(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def monitor(organization):
    return make_monitor(strategy=make_strategy(organization=organization))


@pytest.fixture
def change(monitor):
    first = make_run(monitor=monitor, results=OLD)
    return make_run(
        monitor=monitor,
        results=NEW,
        previous=first,
        has_changes=True,
        added_count=1,
        changed_count=1,
    )


def test_unseen_change_is_shown_until_somebody_marks_it(
    client, sign_in, monitor, change
):
    sign_in()
    path = f"{monitor.get_absolute_url()}changes/"
    page = text(client.get(path))
    assert "1 run with changes that nobody has pulled or seen." in page
    assert "1 added, 1 changed" in page
    assert "Lisbon" in page
    change.refresh_from_db()
    assert change.seen_at is None

    page = text(client.post(path, follow=True))
    assert "1 change is taken for seen" in page
    assert "Everything is seen" in page
    change.refresh_from_db()
    assert change.seen_at is not None


def test_filter_finds_items_and_leaves_the_rest_unseen(
    client, sign_in, monitor, change
):
    sign_in()
    path = f"{monitor.get_absolute_url()}changes/"
    page = text(client.get(path, {"filter": "+office -prices"}))
    assert "Lisbon" in page
    assert "Basic costs" not in page
    page = text(client.get(path, {"filter": "bananas"}))
    assert "No unseen change matches" in page
    client.post(path, {"filter": "bananas"})
    change.refresh_from_db()
    assert change.seen_at is None


@pytest.mark.parametrize("tab", ["changes", "changelog"])
@pytest.mark.parametrize("typed", ['"open', "x" * 600])
def test_wrong_filter_is_said(client, sign_in, monitor, change, tab, typed):
    sign_in()
    path = f"{monitor.get_absolute_url()}{tab}/"
    answer = client.get(path, {"filter": typed})
    assert answer.status_code == 200
    assert "This filter cannot be read" in text(answer)


def test_viewer_sees_and_marks_nothing(client, sign_in, monitor, change):
    sign_in("viewer")
    path = f"{monitor.get_absolute_url()}changes/"
    page = text(client.get(path))
    assert "Lisbon" in page
    assert "as seen</button>" not in page
    assert client.post(path).status_code == 403
    change.refresh_from_db()
    assert change.seen_at is None


def test_changelog_names_what_came_and_changed(client, sign_in, monitor, change):
    sign_in()
    page = text(client.get(f"{monitor.get_absolute_url()}changelog/"))
    assert '<span class="muted">Added:</span> Lisbon' in page
    assert '<span class="muted">Changed:</span> Prices' in page
    assert f"{change.get_absolute_url()}diff/" in page


def test_changelog_has_pages_and_takes_any_offset(client, sign_in, monitor, change):
    sign_in()
    for _ in range(25):
        make_run(monitor=monitor, has_changes=True, changed_count=1, previous=change)
    path = f"{monitor.get_absolute_url()}changelog/"
    page = client.get(path)
    assert len(page.context["told"]) == 20
    older = client.get(page.context["older_url"])
    assert len(older.context["told"]) == 6
    assert older.context["newer_url"] == f"{path}?"
    for offset in ("-1", "x", "999999999999", "²"):
        assert client.get(path, {"offset": offset}).status_code == 200


def test_nothing_changed_says_so(client, sign_in, monitor):
    sign_in()
    page = text(client.get(f"{monitor.get_absolute_url()}changelog/"))
    assert "Nothing has changed yet" in page
