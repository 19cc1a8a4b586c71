"""One run, and two of them side by side."""

from __future__ import annotations

import json

import pytest

from tests.factories import make_monitor, make_run, make_strategy

pytestmark = pytest.mark.django_db
OLD = [
    {"heading": "Prices", "level": 1, "content": "Basic costs 5 € a month"},
    {"heading": "Support", "level": 2, "content": "By e-mail"},
]
NEW = [
    {"heading": "Prices", "level": 1, "content": "Basic costs 6 € a month"},
    {"heading": "Status", "level": 2, "content": "<b>All</b> is well"},
]


def text(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def monitor(organization):
    strategy = make_strategy(organization=organization)
    return make_monitor(strategy=strategy, urls=["https://a.example/prices"])


@pytest.fixture
def runs(monitor):
    first = make_run(monitor=monitor, results=OLD)
    second = make_run(
        monitor=monitor,
        results=NEW,
        previous=first,
        has_changes=True,
        added_count=1,
        removed_count=1,
        changed_count=1,
    )
    return first, second


def test_run_shows_what_was_read_and_how(client, sign_in, runs):
    sign_in()
    page = text(client.get(runs[1].get_absolute_url()))
    assert "&lt;b&gt;All&lt;/b&gt; is well" in page
    assert "1 added, 1 removed, 1 changed" in page
    assert f"/traces/{runs[1].trace}/" in page
    assert runs[1].content_hash in page
    assert "200" in page


def test_run_shows_its_json_and_gives_it_away(client, sign_in, runs):
    sign_in()
    page = text(client.get(f"{runs[1].get_absolute_url()}?view=json"))
    assert "&quot;heading&quot;: &quot;Status&quot;" in page
    answer = client.get(f"{runs[1].get_absolute_url()}results.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"<" not in answer.content
    assert json.loads(answer.content) == NEW


def test_long_run_is_cut_and_says_so(client, sign_in, monitor):
    sign_in()
    items = [{"content": f"Item {number} " + "x" * 600} for number in range(300)]
    run = make_run(monitor=monitor, results=items)
    page = text(client.get(run.get_absolute_url()))
    assert "And 100 more; the download has all of them." in page
    assert "Item 199" in page
    assert "Item 200" not in page
    page = text(client.get(f"{run.get_absolute_url()}?view=json"))
    assert "Cut here" in page


def test_failed_run_says_why(client, sign_in, monitor):
    sign_in()
    run = make_run(
        monitor=monitor,
        status="failed",
        results=[],
        error="The page answered 404.",
        error_code="page_status",
        notices=["The site asks to wait."],
    )
    page = text(client.get(run.get_absolute_url()))
    assert "Nothing could be read" in page
    assert "The page answered 404." in page
    assert "The site asks to wait." in page
    assert "Compare" not in page


def test_open_run_asks_again(client, sign_in, monitor):
    sign_in()
    run = make_run(monitor=monitor, status="pending", results=[], completed_at=None)
    page = text(client.get(run.get_absolute_url()))
    assert "Waiting for its turn" in page
    assert 'hx-trigger="every 2s"' in page


def test_diff_marks_words(client, sign_in, runs):
    sign_in()
    page = text(client.get(f"{runs[1].get_absolute_url()}diff/"))
    assert "Basic costs <del>5</del><ins>6</ins> € a month" in page
    assert "<h2>Added</h2>" in page
    assert "&lt;b&gt;All&lt;/b&gt; is well" in page
    assert "<h2>Removed</h2>" in page
    assert "By e-mail" in page


def test_diff_of_two_chosen_runs(client, sign_in, monitor, runs):
    sign_in()
    third = make_run(monitor=monitor, results=OLD)
    path = f"{third.get_absolute_url()}diff/"
    page = client.get(f"{path}?from={runs[0].pk}&to={third.pk}")
    assert "The same" in text(page)
    page = client.get(f"{path}?from={runs[1].pk}&to={runs[0].pk}")
    assert "<del>6</del><ins>5</ins>" in text(page)
    assert len(page.context["choices"]) == 3


def test_first_run_has_nothing_to_compare_with(client, sign_in, runs):
    sign_in()
    page = text(client.get(f"{runs[0].get_absolute_url()}diff/"))
    assert "Nothing to compare with" in page


@pytest.mark.parametrize("other", ["nonsense", "0", "", "'"])
def test_diff_takes_no_nonsense(client, sign_in, runs, other):
    sign_in()
    answer = client.get(
        f"{runs[1].get_absolute_url()}diff/", {"from": other, "to": other}
    )
    assert answer.status_code == 200
    assert answer.context["first"] == runs[0]


def test_diff_with_a_run_of_somebody_else_is_refused(client, sign_in, runs):
    sign_in()
    foreign = make_run(results=[{"content": "secret"}])
    page = client.get(f"{runs[1].get_absolute_url()}diff/?from={foreign.pk}")
    assert page.context["first"] == runs[0]
    assert "secret" not in text(page)


def test_admin_says_how_long_runs_are_kept(client, sign_in, organization):
    sign_in()
    path = "/monitors/runs/retention/"
    answer = client.post(path, {"run_days": "7", "change_days": "90"})
    assert answer.headers["Location"] == "/monitors/runs/"
    stored = organization.monitor_retention
    assert (stored.run_days, stored.change_days) == (7, 90)
    answer = client.post(path, {"run_days": "0", "change_days": ""})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"run_days", "change_days"}


def test_others_read_how_long_runs_are_kept(client, sign_in):
    sign_in("viewer")
    path = "/monitors/runs/retention/"
    assert "30 days" in text(client.get(path))
    assert client.post(path, {"run_days": "7"}).status_code == 403


def test_list_shows_runs_of_the_api_too(client, sign_in, organization, runs):
    sign_in("viewer")
    strategy = make_strategy(organization=organization, name="By hand")
    make_run(strategy=strategy, status="failed", error="No.", results=[])
    page = text(client.get("/monitors/runs/"))
    assert "By hand, by the API" in page
    assert "1 added, 1 removed, 1 changed" in page
    changed = client.get("/monitors/runs/?state=changed")
    assert [run.pk for run in changed.context["page"].rows] == [runs[1].pk]
    assert "No run matches" in text(client.get("/monitors/runs/?q=zzz"))
