"""Makes hostile nesting shallow before a page is parsed. Pure.

A parser looks through all open elements at each tag, so 100,000 of them inside each
other take minutes. Browsers stop at a depth of 512 and put what is deeper side by
side; so does this, by leaving the tags of deeper elements out. Text is kept.

Source: https://html.spec.whatwg.org/multipage/parsing.html#tree-construction
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_DEPTH = 512
#: With fewer tags a page is quickly parsed, however they are nested.
MIN_TAGS = 20_000
_TAG = re.compile(r"<(?:!--|(/?)([a-zA-Z][a-zA-Z0-9-]*)([^>]*)>?)")
#: What is in them is no markup.
_RAW = frozenset(
    {"script", "style", "textarea", "title", "iframe", "xmp", "noembed", "noframes"}
)
#: They have no end, or the next of their kind is one: nothing can be deep in them.
_FLAT = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"),
        *("param", "source", "track", "wbr", "html", "head", "body", "p", "li", "dt"),
        *("dd", "option", "optgroup", "tr", "td", "th", "tbody", "thead", "tfoot"),
        *("caption", "colgroup", "rb", "rt", "rp", "rtc", "h1", "h2", "h3", "h4"),
        *("h5", "h6", "a", "button"),
    }
)
#: Those of which pages have many; a ``/>`` does not end them.
_HTML = frozenset(
    {
        *("div", "span", "section", "article", "ul", "ol", "table", "b", "i", "em"),
        *("strong", "font", "center", "blockquote", "form", "main", "nav", "aside"),
    }
)


def make_shallow(text: str) -> str:
    """Return a page without the tags of elements that are deeper than browsers go.

    A page that is no deeper is returned as it is.
    """
    if text.count("<") < MIN_TAGS:
        return text
    pieces = []
    begin = 0
    for start, end in _find_too_deep(text):
        # A space keeps the words before and after it apart.
        pieces += [text[begin:start], " "]
        begin = end
    return "".join([*pieces, text[begin:]]) if pieces else text


def _find_too_deep(text: str) -> Iterator[tuple[int, int]]:
    depth = 0
    position = 0
    while (found := _TAG.search(text, position)) is not None:
        position = found.end()
        closing, name = found[1], (found[2] or "").lower()
        if not name or (name in _RAW and not closing):
            position = _find_end(text, position, name)
            continue
        if name in _FLAT or name in _RAW or _is_drawn(name, found[3]):
            continue
        if not closing:
            depth += 1
        if depth > MAX_DEPTH:
            yield found.span()
        if closing:
            depth = max(0, depth - 1)


def _is_drawn(name: str, attributes: str) -> bool:
    """Whether ``/>`` ends an element, as in drawings; elements of HTML go on."""
    return attributes.endswith("/") and name not in _HTML


def _find_end(text: str, position: int, name: str) -> int:
    """Return where a comment or raw text ends; what never ends is all of the page."""
    if not name:
        end = text.find("-->", position)
        return end if end >= 0 else len(text)
    found = re.compile(f"</{name}", re.IGNORECASE).search(text, position)
    return found.start() if found else len(text)
