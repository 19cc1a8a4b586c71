"""The parts every screen is made of."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory

from integrations_project.templatetags import components

ROOT = Path(settings.BASE_DIR)
MOMENT = datetime(2026, 11, 21, 14, 5, 7, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    """Render a template that has loaded the components."""
    return Template("{% load components %}" + source).render(Context(context))


def test_pill_says_the_status_in_words() -> None:
    html = render("{% status_pill 'degraded' %}")
    assert "pill-warn" in html
    assert "Degraded" in html
    assert "#triangle-alert" in html


def test_pill_of_an_unknown_status_shows_its_name() -> None:
    assert "Half way" in render("{% status_pill 'half_way' %}")


def test_pill_escapes_its_label() -> None:
    assert "<b>" not in render("{% status_pill 'down' label %}", label="<b>")


def test_times_are_utc_until_scripts_run() -> None:
    html = render("{% relative_time at %} {% exact_time at %}", at=MOMENT)
    assert 'datetime="2026-11-21T14:05:07.000Z"' in html
    assert "21 Nov 2026, 14:05 UTC" in html
    assert "21 Nov 2026, 14:05:07 UTC" in html


def test_no_time_is_said_in_words() -> None:
    assert "not yet" in render("{% relative_time at 'not yet' %}", at=None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "–", id="nothing"),
        pytest.param(0, "0 s", id="zero"),
        pytest.param(0.142, "142 ms", id="below a second"),
        pytest.param(200, "3 min 20 s", id="two units"),
        pytest.param(3600, "1 h", id="round"),
        pytest.param(
            timedelta(days=3, hours=4, minutes=5), "3 d 4 h", id="largest two"
        ),
    ],
)
def test_duration(value: float | timedelta | None, text: str) -> None:
    assert components.duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(0.42, "0.4 ms", id="fraction"),
        pytest.param(142.2, "142 ms", id="whole"),
        pytest.param(1300, "1.3 s", id="seconds"),
        pytest.param(75_000, "1 min 15 s", id="minutes"),
    ],
)
def test_milliseconds(value: float, text: str) -> None:
    assert components.milliseconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(512, "512 bytes", id="bytes"),
        pytest.param(14 * 1024, "14 KB", id="kilobytes"),
        pytest.param("ä" * 1024, "2.0 KB", id="text counts its UTF-8"),
        pytest.param(5 * 1024**4, "5120 GB", id="largest unit"),
    ],
)
def test_byte_size(value: int | str, text: str) -> None:
    assert components.byte_size(value) == text


def test_pretty_json_leaves_other_text_alone() -> None:
    assert components.pretty_json('{"a":"ä"}') == '{\n  "a": "ä"\n}'
    assert components.pretty_json("<html>") == "<html>"
    assert components.pretty_json("[" * 100_000) == "[" * 100_000


def test_waterfall_shows_what_each_step_took() -> None:
    timings = {"dns_ms": 12, "connect_ms": 38, "first_byte_ms": 90, "total_ms": 100}
    html = render("{% waterfall timings %}", timings=timings)
    assert 'class="step-connect" x="120" width="260"' in html
    assert 'class="step-wait" x="380" width="520"' in html
    assert "step-tls" not in html
    assert "100 ms" in html


def test_waterfall_blames_the_step_that_was_waited_in() -> None:
    timings = {"dns_ms": 0, "connect_ms": 0, "first_byte_ms": 0, "total_ms": 16}
    html = render("{% waterfall timings 'dns_failed' %}", timings=timings)
    assert 'class="step-dns" x="0" width="1000"' in html
    assert "step-read" not in html


def test_waterfall_of_nothing_says_so() -> None:
    assert "No timings" in render("{% waterfall timings %}", timings=None)


def test_status_bar_has_a_cell_each_and_words() -> None:
    cells = [{"status": "", "title": ""}, {"status": "down", "title": "14:00 Down"}]
    html = render("{% status_bar cells 'API Gateway' %}", cells=cells)
    assert 'class="cell-none" x="0"' in html
    assert 'class="cell-bad" x="10"' in html
    assert 'aria-label="API Gateway"' in html
    assert "<title>14:00 Down</title>" in html


def test_column_chart_shows_one_failure_among_thousands() -> None:
    columns = [{"good": 5000, "bad": 1, "title": ""}, {"good": 0, "bad": 0}]
    html = render("{% column_chart columns 'Deliveries' %}", columns=columns)
    assert re.search(r'class="cell-bad" x="0" y="0.0" width="8" height="2"', html)


@pytest.mark.parametrize(
    ("path", "here"),
    [
        pytest.param("/", False, id="another page"),
        pytest.param("/services/", True, id="the page"),
        pytest.param("/services/1/", True, id="below it"),
    ],
)
def test_navigation_marks_where_one_is(path: str, here: bool) -> None:
    request = RequestFactory().get(path)
    html = render("{% nav_link '/services/' 'Services' 'server' %}", request=request)
    assert ('aria-current="page"' in html) is here


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    known = set(re.findall(r'id="([^"]+)"', _read("static/icons/sprite.svg")))
    named = {look.icon for look in components.LOOKS.values()}
    for path in (ROOT / "templates").rglob("*.html"):
        source = path.read_text()
        named |= set(re.findall(r'{% icon "([^"]+)"', source))
        named |= set(re.findall(r'icon_name="([^"]+)"', source))
    assert named - known == set()


def test_templates_hold_no_inline_script_or_style() -> None:
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|hx-on")
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if inline.search(path.read_text())
    ]
    assert found == []


def test_nothing_is_loaded_from_another_host() -> None:
    elsewhere = re.compile(
        r"""(?:src|href)=["']?(?:https?:)?//|url\(["']?(?:https?:)?//"""
    )
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static/css").iterdir()]
    assert [path.name for path in pages if elsewhere.search(path.read_text())] == []


def _read(name: str) -> str:
    return (ROOT / name).read_text()
