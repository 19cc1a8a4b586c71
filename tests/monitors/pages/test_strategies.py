"""Strategies: their list, their form, what goes with them."""

from __future__ import annotations

import pytest

from monitors.models import Schedule, Strategy
from tests.factories import make_monitor, make_run, make_strategy

pytestmark = pytest.mark.django_db
LIST = "/monitors/strategies/"
FORM = {"name": "Lamps", "url": "https://a.example/", "scraper_type": "css"}


def text(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def strategy(organization):
    return make_strategy(organization=organization, name="Prices")


def test_list_counts_monitors(client, sign_in, strategy):
    sign_in("viewer")
    make_monitor(strategy=strategy)
    page = text(client.get(LIST))
    assert '<td data-label="Monitors" class="num">1</td>' in page
    assert "Add strategy" not in page
    assert "No strategy matches" in text(client.get(LIST, {"q": "zzz"}))


def test_strategy_is_made_and_changed(client, sign_in):
    sign_in()
    answer = client.post(f"{LIST}add/", FORM | {"fields_at": "title: h2"})
    made = Strategy.objects.get()
    assert answer.headers["Location"] == made.get_absolute_url()
    assert made.output_schema == {"fields": {"title": "h2"}}
    client.post(made.get_absolute_url(), FORM | {"fields_at": "title: h3"})
    made.refresh_from_db()
    assert made.output_schema == {"fields": {"title": "h3"}}


def test_schema_of_a_client_stays_as_it_was_sent(client, sign_in, strategy):
    sign_in()
    sent = {"title": "h2", "price": {"selector": ".p", "type": "integer"}}
    strategy.scraper_type, strategy.output_schema = "css", sent
    strategy.save()
    page = client.get(strategy.get_absolute_url())
    shown = page.context["form"]["fields_at"].value()
    fields = FORM | {"fields_at": shown, "name": "Renamed"}
    answer = client.post(strategy.get_absolute_url(), fields)
    assert answer.status_code == 302
    strategy.refresh_from_db()
    assert strategy.output_schema == sent
    assert strategy.name == "Renamed"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("url", ""),
        ("url", "x"),
        ("fields_at", ""),
        ("key_field", "x" * 200),
    ],
)
def test_mistakes_are_said(client, sign_in, field, typed):
    sign_in()
    fields = FORM | {"fields_at": "title: h2"} | {field: typed}
    answer = client.post(f"{LIST}add/", fields)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Strategy.objects.exists()


def test_viewer_reads_the_form_only(client, sign_in, strategy):
    sign_in("viewer")
    page = text(client.get(strategy.get_absolute_url()))
    assert "disabled" in page
    assert ">Save</button>" not in page
    for path in ("", "preview/", "delete/"):
        answer = client.post(f"{strategy.get_absolute_url()}{path}", FORM)
        assert answer.status_code == 403


def test_preview_reads_its_page(client, sign_in, sink):
    sign_in()
    fields = FORM | {"url": f"{sink.url}page", "fields_at": "title: h9"}
    answer = client.post(f"{LIST}preview/", fields, headers={"HX-Request": "true"})
    assert "Nothing on the page fits" in text(answer)


def test_delete_says_what_goes(client, sign_in, strategy):
    sign_in()
    make_run(monitor=make_monitor(strategy=strategy, name="Shop"))
    page = text(client.get(f"{strategy.get_absolute_url()}delete/"))
    assert "The monitor “Shop”" in page
    assert "1 run, with results" in page
    client.post(f"{strategy.get_absolute_url()}delete/")
    assert not Schedule.objects.exists()
    assert not Strategy.objects.exists()
