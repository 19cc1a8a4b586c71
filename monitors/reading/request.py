"""What is asked of the child, and what it answers; JSON on a pipe."""

from __future__ import annotations

from typing import Any

from monitors.datatypes import Extraction, Page
from monitors.exceptions import ExtractionFailed, InvalidStrategy
from monitors.extractors.content import extract_content
from monitors.extractors.css import extract_css, parse_css_spec
from monitors.extractors.json import extract_json, parse_json_spec

#: Bytes of the length before each message.
LENGTH_BYTES = 8


def build_request(page: Page, *, scraper_type: str, schema: Any) -> dict[str, Any]:
    """Return the question about a page."""
    return {
        "url": page.url,
        "content_type": page.content_type,
        "text": page.text,
        "scraper_type": scraper_type,
        "schema": schema,
    }


def answer_request(request: dict[str, Any]) -> dict[str, Any]:
    """Read the page of a request; what cannot be read is a sentence, not an error."""
    page = Page(
        url=request["url"], content_type=request["content_type"], text=request["text"]
    )
    try:
        found = _extract(page, request["scraper_type"], request["schema"])
    except (ExtractionFailed, InvalidStrategy) as error:
        return {"error": error.message, "code": error.error_code}
    return {"items": list(found.items), "notices": list(found.notices)}


def read_answer(answer: dict[str, Any]) -> Extraction:
    """Return what a child answered.

    Raises:
        ExtractionFailed: With the child's sentence.
    """
    if "error" in answer:
        raise ExtractionFailed(answer["error"], code=answer["code"])
    return Extraction(items=tuple(answer["items"]), notices=tuple(answer["notices"]))


def _extract(page: Page, scraper_type: str, schema: Any) -> Extraction:
    match scraper_type:
        case "content":
            return extract_content(page)
        case "css":
            return extract_css(page, parse_css_spec(schema))
        case "json":
            return extract_json(page, parse_json_spec(schema))
        case _:
            raise InvalidStrategy(f"{scraper_type!r:.40} is no way to read a page.")
