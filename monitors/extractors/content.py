"""A page split by its headings: one item a section.

    [{"heading": "Prices", "level": 2, "content": "Basic: 5 €"}]

Source: the public client's documentation of content strategies (meter-sdk 0.8.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.datatypes import Extraction, Page
from monitors.exceptions import ExtractionFailed
from monitors.extractors.markup import parse_html, read_piece, tidy, walk

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

    from integrations_project.lib.json_types import JSONValue

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
MAX_SECTIONS = 5_000
#: A page with scripts and less text than this is drawn by them.
LITTLE_TEXT = 200
DRAWN_BY_SCRIPT = (
    "The page has almost no text of its own: it is drawn by JavaScript, which "
    "Signalpost does not run. Watch the address that its scripts read instead, "
    "as JSON."
)
NO_TEXT = "The page has no text."


class _Section:
    """A heading and what follows it, while the page is walked."""

    def __init__(self, level: int) -> None:
        self.level = level
        self.heading: list[str] = []
        self.content: list[str] = []

    def finish(self) -> dict[str, JSONValue]:
        return {
            "heading": " ".join("".join(self.heading).split()),
            "level": self.level,
            "content": tidy("".join(self.content)),
        }


def extract_content(page: Page) -> Extraction:
    """Split a page into sections ``{heading, level, content}``.

    What comes before the first heading is a section with an empty heading and level
    0, when there is any. Plain text is one section.

    Raises:
        ExtractionFailed: There is no text at all.
    """
    if page.content_type == "text/plain":
        sections = [_plain_section(page.text)]
        tree = None
    else:
        tree = parse_html(page.text)
        sections = _split(tree)
    found = tuple(s for s in sections if s["heading"] or s["content"])
    notices = _find_notices(tree, found)
    if not found:
        raise ExtractionFailed(notices[0] if notices else NO_TEXT)
    return Extraction(items=found[:MAX_SECTIONS], notices=notices)


def _plain_section(text: str) -> dict[str, JSONValue]:
    return {"heading": "", "level": 0, "content": tidy(text.replace("\x00", ""))}


def _split(tree: LexborHTMLParser) -> list[dict[str, JSONValue]]:
    root = tree.body or tree.root
    if root is None:
        return []
    sections = [_Section(0)]
    heading_tag = ""  # of the heading that is open
    for node, is_closing in walk(root):
        tag = node.tag
        if tag in HEADINGS and not is_closing and not heading_tag:
            sections.append(_Section(HEADINGS[tag]))
            heading_tag = tag
        elif tag == heading_tag and is_closing:
            heading_tag = ""
        else:
            piece = read_piece(node, is_closing=is_closing)
            current = sections[-1]
            (current.heading if heading_tag else current.content).append(piece)
    return [section.finish() for section in sections]


def _find_notices(
    tree: LexborHTMLParser | None, sections: tuple[dict[str, JSONValue], ...]
) -> tuple[str, ...]:
    notices = []
    length = sum(len(str(s["heading"])) + len(str(s["content"])) for s in sections)
    if tree is not None and length < LITTLE_TEXT and tree.css_first("script"):
        notices.append(DRAWN_BY_SCRIPT)
    if len(sections) > MAX_SECTIONS:
        notices.append(
            f"The page has {len(sections):,} sections; {MAX_SECTIONS:,} are read."
        )
    return tuple(notices)
