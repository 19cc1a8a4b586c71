"""The public client, as it is on the package index, drives the running product."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from meter_sdk import Filter, MeterError

from tests.e2e.meter_site import SHOP, refusal, wait_until

pytestmark = pytest.mark.slow
UNKNOWN = str(uuid4())


def run(client, strategy, url):
    return client.execute_job(strategy["strategy_id"], url)


# Strategies


def test_content_is_extracted_at_once(docs):
    UUID(docs["strategy_id"])
    assert docs["scraper_type"] == "content"
    assert docs["preview_data"] == [
        {"heading": "Prices", "level": 1, "content": "Basic: 5 €"},
        {"heading": "Support", "level": 2, "content": "By mail."},
    ]


def test_selectors_are_generated_into_a_strategy(shop, site):
    assert shop["scraper_type"] == "css"
    assert shop["attempts"] == 1
    assert shop["strategy"]["container"] == ".product"
    assert shop["preview_data"][0] == {
        "title": "Kettle",
        "price": 19.99,
        "link": f"{site.url}/p/kettle",
    }


def test_api_is_read_by_paths(client, site):
    found = client.generate_strategy(
        f"{site.url}/api/products",
        "",
        "API",
        force_api=True,
        scraper_type="json",
        output_schema={
            "items": "data.products[]",
            "fields": {"title": "name", "price": "cost.amount"},
        },
    )
    assert found["scraper_type"] == "json"
    assert found["preview_data"][1] == {"title": "Toaster", "price": 29.99}


def test_filter_keeps_what_matches(client, site):
    found = client.generate_strategy(
        f"{site.url}/shop",
        "Dear ones",
        "Dear",
        output_schema=SHOP,
        filter_config=Filter.all(Filter.gt("price", "20")),
    )
    assert [each["title"] for each in found["preview_data"]] == ["Toaster"]


def test_strategies_are_listed_read_and_deleted(client, docs, shop):
    newest = client.list_strategies(limit=2)
    ids = [each["strategy_id"] for each in newest]
    assert ids == [shop["strategy_id"], docs["strategy_id"]]
    older = client.list_strategies(limit=1, offset=1)
    assert older[0]["strategy_id"] == docs["strategy_id"]
    one = client.get_strategy(docs["strategy_id"])
    assert one["name"] == "Docs"
    assert one["preview_data"] == docs["preview_data"]
    assert "deleted" in client.delete_strategy(docs["strategy_id"])["message"]
    assert "no strategy" in refusal(client.get_strategy, docs["strategy_id"])


def test_strategy_takes_another_filter(client, shop, site):
    config = Filter.any(Filter.contains("title", "kettle"))
    changed = client.update_strategy(shop["strategy_id"], filter_config=config)
    assert changed["filter_config"] == config
    job = run(client, shop, f"{site.url}/shop")
    assert [each["title"] for each in job["results"]] == ["Kettle"]
    wrong = {"mode": "all", "conditions": [{"field": "x", "operator": "like"}]}
    assert refusal(client.update_strategy, shop["strategy_id"], wrong)
    kept = client.get_strategy(shop["strategy_id"])
    assert kept["filter_config"] == config


# Runs


def test_run_is_made_and_waited_for(client, docs, site):
    job = client.create_job(docs["strategy_id"], url=f"{site.url}/docs")
    assert job["status"] == "pending"
    done = client.wait_for_job(job["job_id"], poll_interval=0.2, timeout=30)
    assert done["status"] == "completed"
    assert done["item_count"] == 2
    assert done["results"] == docs["preview_data"]
    assert done["content_hash"]
    assert done["has_changes"] is False


def test_run_is_executed_and_waited_for(client, shop, site):
    job = run(client, shop, f"{site.url}/shop")
    assert job["status"] == "completed"
    assert [each["price"] for each in job["results"]] == [19.99, 29.99]
    assert client.get_job(job["job_id"]) == job


def test_run_that_fails_says_why(client, docs, site):
    said = refusal(run, client, docs, f"{site.url}/gone")
    assert "404" in said
    job = client.create_job(docs["strategy_id"], url=f"{site.url}/gone")
    with pytest.raises(MeterError, match=r"Job failed: .*404"):
        client.wait_for_job(job["job_id"], poll_interval=0.2, timeout=30)
    failed = client.get_job(job["job_id"])
    assert failed["status"] == "failed"
    assert failed["results"] is None


def test_parameters_become_part_of_the_address(client, shop, site):
    site.shop(("Second", "1.00"), path="/shop?page=2")
    job = client.execute_job(
        shop["strategy_id"], f"{site.url}/shop", parameters={"page": 2}
    )
    assert [each["title"] for each in job["results"]] == ["Second"]


def test_batch_is_followed_to_its_end(client, shop, site):
    urls = [f"{site.url}/shop", f"{site.url}/shop?b=1", f"{site.url}/gone"]
    site.shop(("Other", "3.00"), path="/shop?b=1")
    batch = client.create_job(shop["strategy_id"], urls=urls)
    assert batch["job_count"] == 3

    def find_end():
        found = client.get_batch_progress(batch["batch_id"])
        return found if found["progress_percent"] == 100.0 else None

    found = wait_until(find_end)
    assert found["total"] == 3
    assert (found["completed"], found["failed"]) == (2, 1)
    assert (found["pending"], found["running"]) == (0, 0)
    assert "no batch" in refusal(client.get_batch_progress, UNKNOWN)


def test_two_runs_are_compared(client, shop, site):
    first = run(client, shop, f"{site.url}/shop")
    same = run(client, shop, f"{site.url}/shop")
    site.shop(("Kettle", "24.99"), ("Toaster", "29.99"), ("Pan", "9.50"))
    other = run(client, shop, f"{site.url}/shop")
    equal = client.compare_jobs(first["job_id"], same["job_id"])
    assert equal["content_hash_match"] is True
    assert equal["semantic_similarity"] == 1.0
    assert equal["item_count_diff"] == 0
    found = client.compare_jobs(first["job_id"], other["job_id"])
    assert found["content_hash_match"] is False
    assert found["structural_match"] is True
    assert found["item_count_diff"] == 1
    assert found["structural_changes"] == []
    assert 0 < found["semantic_similarity"] < 1
    assert "no job" in refusal(client.compare_jobs, first["job_id"], UNKNOWN)


def test_runs_are_listed_by_what_they_are(client, shop, docs, site):
    first = run(client, shop, f"{site.url}/shop")
    second = run(client, shop, f"{site.url}/shop")
    run(client, docs, f"{site.url}/docs")
    of_shop = client.list_jobs(strategy_id=shop["strategy_id"])
    assert [j["job_id"] for j in of_shop] == [second["job_id"], first["job_id"]]
    page = client.list_jobs(strategy_id=shop["strategy_id"], limit=1, offset=1)
    assert [j["job_id"] for j in page] == [first["job_id"]]
    assert client.list_jobs(strategy_id=shop["strategy_id"], status="failed") == []
    assert client.list_jobs(strategy_id=shop["strategy_id"], since="24h") == of_shop
    since = datetime.fromisoformat(second["created_at"]).isoformat()
    newer = client.list_jobs(strategy_id=shop["strategy_id"], since=since)
    assert [j["job_id"] for j in newer] == [second["job_id"]]
    history = client.get_strategy_history(shop["strategy_id"])
    assert [h["job_id"] for h in history] == [second["job_id"], first["job_id"]]
    assert history[0]["has_changes"] is False


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"status": "done"}, "pending"),
        ({"since": "yesterday"}, "since"),
        ({"limit": 0}, "limit"),
        ({"limit": 1000}, "limit"),
        ({"offset": -1}, "offset"),
        ({"strategy_id": UNKNOWN}, "no strategy"),
        ({"schedule_id": "x"}, "no schedule"),
    ],
)
def test_lists_of_runs_refuse_what_cannot_be(client, options, word):
    assert word in refusal(client.list_jobs, **options)
