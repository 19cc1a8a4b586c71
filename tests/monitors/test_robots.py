"""What a site lets us read."""

from __future__ import annotations

import pytest

from monitors.robots import find_delay_seconds, may_read

TEXT = """
User-agent: *
Disallow: /private
Allow: /private/open
Crawl-delay: 5

User-agent: Signalpost
Disallow: /no-signalpost
"""
URL = "https://x.example"


@pytest.mark.parametrize(
    ("path", "status_code", "may"),
    [
        ("/page", 200, True),
        ("/no-signalpost/a", 200, False),
        ("/private", 200, True),  # our own group counts alone
        ("/no-signalpost/a", 404, True),
        ("/no-signalpost/a", 403, True),
        ("/page", 503, False),
        ("/page", None, False),
    ],
)
def test_robots(path, status_code, may):
    assert may_read(URL + path, text=TEXT, status_code=status_code) is may


def test_group_for_all_counts_without_our_own():
    text = "User-agent: *\nDisallow: /private\n"

    assert not may_read(f"{URL}/private/x", text=text, status_code=200)


@pytest.mark.parametrize("text", ["", "nonsense", "\x00", "Disallow: /", "a: " * 9999])
def test_broken_files_forbid_nothing(text):
    assert may_read(f"{URL}/x", text=text, status_code=200)


def test_delay_is_bounded():
    assert find_delay_seconds("User-agent: *\nCrawl-delay: 5") == 5
    assert find_delay_seconds("User-agent: *\nCrawl-delay: 9999") == 60
    assert find_delay_seconds("") == 0
