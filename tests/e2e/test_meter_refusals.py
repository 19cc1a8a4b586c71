"""What the public client is told when something cannot be done."""

from __future__ import annotations

from uuid import uuid4

import pytest
from meter_sdk import Workflow

from tests.e2e.meter_site import make_client, refusal

pytestmark = pytest.mark.slow
UNKNOWN = str(uuid4())


def test_unknown_keys_are_refused(client, shared_product):
    with type(client)(api_key="sp_wrong", base_url=shared_product.url) as stranger:
        assert "API key" in refusal(stranger.list_strategies)


def test_key_that_reads_changes_nothing(shared_product, docs, site):
    with make_client(shared_product, scope="read") as reader:
        assert reader.get_strategy(docs["strategy_id"])["name"] == "Docs"
        said = refusal(reader.extract_content, f"{site.url}/docs", "Docs")
        assert "scope write" in said
        said = refusal(reader.delete_strategy, docs["strategy_id"])
        assert "scope write" in said


def test_free_text_says_what_to_send(client, site):
    url = f"{site.url}/shop"
    said = refusal(client.generate_strategy, url, "All prices", "Shop")
    assert 'scraper_type "content"' in said
    assert "output_schema" in said
    shape = {"title": "string", "price": "number"}
    said = refusal(client.generate_strategy, url, "Prices", "Shop", output_schema=shape)
    assert "CSS selectors" in said
    said = refusal(client.generate_strategy, url, "Prices", "Shop", force_api=True)
    assert 'scraper_type "json"' in said
    group = {"strategy_group_id": UNKNOWN}
    assert "groups" in refusal(client.extract_content, url, "Shop", **group)


def test_refining_says_what_to_do_instead(client, docs):
    said = refusal(client.refine_strategy, docs["strategy_id"], "Prices too")
    assert "language model" in said
    assert "no strategy" in refusal(client.refine_strategy, UNKNOWN, "x")


def test_pages_that_cannot_be_read_make_no_strategy(client, site):
    before = client.list_strategies(limit=1)
    assert "404" in refusal(client.extract_content, f"{site.url}/gone", "Gone")
    said = refusal(client.extract_content, "http://10.0.0.1/", "Inside")
    assert "DELIVERY_ALLOWED_NETWORKS" in said
    assert "address" in refusal(client.extract_content, "ftp://x.example/", "F")
    wrong = {"items": ".none", "fields": {"a": "b"}}
    said = refusal(
        client.generate_strategy, f"{site.url}/shop", "", "N", output_schema=wrong
    )
    assert ".none" in said
    assert client.list_strategies(limit=1) == before


def test_runs_refuse_what_cannot_be(client, docs, site):
    url = f"{site.url}/docs"
    both = {"url": url, "urls": [url]}
    assert "not both" in refusal(client.create_job, docs["strategy_id"], **both)
    assert "url" in refusal(client.create_job, docs["strategy_id"])
    assert "no strategy" in refusal(client.create_job, UNKNOWN, url=url)
    assert "no strategy" in refusal(client.execute_job, "no-uuid", url)
    assert "address" in refusal(client.execute_job, docs["strategy_id"], "x")
    assert "no job" in refusal(client.get_job, UNKNOWN)
    assert "no job" in refusal(client.get_job, "no-uuid")
    assert "no job" in refusal(client.wait_for_job, UNKNOWN)
    assert "no strategy" in refusal(client.get_strategy_history, UNKNOWN)


def test_groups_and_workflows_say_what_to_do_instead(client, docs):
    for call, arguments in list_group_calls(client, docs["strategy_id"]):
        assert "groups are not supported" in refusal(call, *arguments)
    for call, arguments in list_workflow_calls(client, docs["strategy_id"]):
        assert "Workflows are not supported" in refusal(call, *arguments)


def list_group_calls(client, strategy_id):
    """Return every method of the client that has to do with groups."""
    return [
        (client.create_strategy_group, ("Shops",)),
        (client.list_strategy_groups, ()),
        (client.get_strategy_group, (UNKNOWN,)),
        (client.update_strategy_group, (UNKNOWN, "Shops")),
        (client.delete_strategy_group, (UNKNOWN,)),
        (client.add_strategies_to_group, (UNKNOWN, [strategy_id])),
        (client.remove_strategy_from_group, (UNKNOWN, strategy_id)),
        (client.apply_group_schedule, (UNKNOWN, 3600)),
        (client.delete_group_schedules, (UNKNOWN,)),
        (client.toggle_group_schedules, (UNKNOWN, False)),
        (client.apply_group_schema, (UNKNOWN, {"title": "string"})),
        (client.get_schema_progress, (UNKNOWN,)),
        (client.test_group_webhook, (UNKNOWN, "https://example.com/")),
    ]


def list_workflow_calls(client, strategy_id):
    """Return every method of the client that has to do with workflows."""
    workflow = Workflow("Products")
    workflow.start("index", strategy_id, urls=["https://example.com/"])
    return [
        (client.create_workflow, (workflow,)),
        (client.run_workflow, (workflow,)),
        (client.run_workflow, (UNKNOWN,)),
        (client.wait_for_workflow, (UNKNOWN, UNKNOWN)),
        (client.get_workflow, (UNKNOWN,)),
        (client.list_workflows, ()),
        (client.update_workflow, (UNKNOWN, "Products")),
        (client.delete_workflow, (UNKNOWN,)),
        (client.cancel_workflow_run, (UNKNOWN, UNKNOWN)),
        (client.get_workflow_run, (UNKNOWN, UNKNOWN)),
        (client.list_workflow_runs, (UNKNOWN,)),
        (client.get_workflow_output, (UNKNOWN,)),
        (client.schedule_workflow, (UNKNOWN, 3600)),
        (client.list_workflow_schedules, (UNKNOWN,)),
        (client.update_workflow_schedule, (UNKNOWN, UNKNOWN, True)),
        (client.delete_workflow_schedule, (UNKNOWN, UNKNOWN)),
    ]
