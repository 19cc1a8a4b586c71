"""The badge: a small picture of how all is, for a README or a footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import format_html

if TYPE_CHECKING:
    from alerts.status_page.datatypes import SnapshotData

COLOURS = {
    "operational": "#1a7f48",
    "degraded": "#946200",
    "down": "#c4302a",
    "maintenance": "#1c5ca3",
}
WORDS = {
    "operational": "operational",
    "degraded": "degraded",
    "down": "down",
    "maintenance": "maintenance",
}
MAX_LABEL = 40
#: Of Verdana at 11 px, a little too wide rather than too narrow.
CHARACTER_WIDTH = 6.9
PADDING = 12


def draw_badge(data: SnapshotData) -> str:
    """Return the badge as an SVG: the page's title and its worst state in a word."""
    label = data["page"]["title"]
    if len(label) > MAX_LABEL:
        label = f"{label[: MAX_LABEL - 1]}…"
    word = WORDS[data["status"]]
    left = _measure(label)
    right = _measure(word)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" '
        'viewBox="0 0 {width} 20" role="img" aria-label="{label}: {word}">'
        "<title>{label}: {word}</title>"
        '<clipPath id="r"><rect width="{width}" height="20" rx="4"/></clipPath>'
        '<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3b3f4a"/>'
        '<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-size="11" '
        'font-family="Verdana,DejaVu Sans,Geneva,sans-serif">'
        '<text x="{middle}" y="14">{label}</text>'
        '<text x="{far}" y="14">{word}</text></g></svg>\n',
        width=left + right,
        left=left,
        right=right,
        label=label,
        word=word,
        colour=COLOURS[data["status"]],
        middle=left / 2,
        far=left + right / 2,
    )


def _measure(text: str) -> int:
    return round(len(text) * CHARACTER_WIDTH) + PADDING
