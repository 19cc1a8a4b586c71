"""What the client is shown: names, nulls and times as its documentation has them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.factories import make_monitor, make_run, make_strategy

pytestmark = pytest.mark.django_db


@pytest.fixture
def strategy(organization):
    return make_strategy(
        organization=organization,
        scraper_type="css",
        output_schema={"items": ".product", "fields": {"title": "h2"}},
        preview_data=[{"title": "Kettle"}],
    )


def test_strategy_shows_its_selectors_and_preview(program, strategy):
    shown = program.get(f"strategies/{strategy.pk}").json()
    assert shown["id"] == shown["strategy_id"] == str(strategy.pk)
    assert shown["strategy"] == {"container": ".product", "fields": {"title": "h2"}}
    assert shown["preview_data"] == [{"title": "Kettle"}]
    assert shown["filter_config"] is None
    assert shown["created_at"].endswith("Z")


def test_selectors_without_fields_are_all_fields(program, organization):
    strategy = make_strategy(
        organization=organization,
        scraper_type="css",
        output_schema={"items": ".product", "title": "h2"},
    )
    shown = program.get(f"strategies/{strategy.pk}").json()
    assert shown["strategy"] == {"container": ".product", "fields": {"title": "h2"}}


def test_strategies_come_newest_first_in_pages(program, organization):
    ids = [str(make_strategy(organization=organization).pk) for _ in range(3)]
    listed = program.get("strategies?limit=2").json()
    assert [each["strategy_id"] for each in listed] == ids[:0:-1]
    listed = program.get("strategies?limit=2&offset=2").json()
    assert [each["strategy_id"] for each in listed] == ids[:1]


def test_job_that_waits_has_no_results(program, strategy):
    job = make_run(strategy=strategy, status="pending", completed_at=None)
    shown = program.get(f"jobs/{job.pk}").json()
    assert shown["id"] == shown["job_id"] == str(job.pk)
    assert shown["status"] == "pending"
    assert shown["results"] is None
    assert shown["item_count"] is None
    assert shown["has_changes"] is None
    assert shown["completed_at"] is None


def test_job_that_failed_says_why(program, strategy):
    job = make_run(strategy=strategy, status="failed", error="No answer", results=[])
    shown = program.get(f"jobs/{job.pk}").json()
    assert shown["error"] == "No answer"
    assert shown["results"] is None


def test_history_has_no_results(program, strategy):
    make_run(strategy=strategy)
    (shown,) = program.get(f"jobs/strategies/{strategy.pk}/history").json()
    assert "results" not in shown
    assert shown["has_changes"] is False


@pytest.mark.parametrize(
    ("statuses", "status", "percent"),
    [
        (["pending", "pending"], "pending", 0.0),
        (["running", "pending"], "running", 0.0),
        (["completed", "pending", "failed"], "running", 66.7),
        (["completed", "failed"], "completed", 100.0),
    ],
)
def test_batch_is_counted(program, strategy, statuses, status, percent):
    batch_id = uuid4()
    for each in statuses:
        make_run(strategy=strategy, status=each, batch_id=batch_id)
    shown = program.get(f"jobs/batch/{batch_id}").json()
    assert shown["status"] == status
    assert shown["total"] == len(statuses)
    assert shown["progress_percent"] == percent
    for each in ("pending", "running", "completed", "failed"):
        assert shown[each] == statuses.count(each)


def test_comparison_takes_the_older_job_first(program, strategy):
    older = make_run(strategy=strategy, results=[{"a": "x"}])
    newer = make_run(strategy=strategy, results=[{"a": "x"}, {"a": "y"}])
    for one, other in ((older, newer), (newer, older)):
        shown = program.get(f"jobs/{one.pk}/compare/{other.pk}").json()
        assert shown["job_id"] == str(older.pk)
        assert shown["item_count_diff"] == 1
        assert shown["content_hash_match"] is False
        assert shown["structural_match"] is True
        assert 0 < shown["semantic_similarity"] < 1


def test_schedule_shows_one_page_or_a_list(program, strategy):
    one = make_monitor(strategy=strategy, urls=["https://a.example/"])
    some = make_monitor(strategy=strategy, urls=["https://a.example/"], is_batch=True)
    shown = program.get(f"schedules/{one.pk}").json()
    assert shown["id"] == shown["schedule_id"] == str(one.pk)
    assert (shown["url"], shown["urls"]) == ("https://a.example/", None)
    assert shown["schedule_type"] == "interval"
    assert "webhook_secret" not in shown
    shown = program.get(f"schedules/{some.pk}").json()
    assert (shown["url"], shown["urls"]) == (None, ["https://a.example/"])


def test_lists_of_results_are_bounded(program, strategy):
    for _ in range(3):
        make_run(strategy=strategy, item_count=9_000)
    answer = program.get("jobs")
    assert answer.status_code == 422
    assert "limit" in answer.json()["detail"]
    assert len(program.get("jobs?limit=2").json()) == 2
