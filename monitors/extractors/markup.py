"""What is read from HTML as a person would read it: blocks, spaces, links.

selectolax's lexbor parser builds the tree; text is collected by one walk over it,
since the parser's own text methods take minutes on a tree 100,000 levels deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from monitors.extractors.nesting import make_shallow

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

#: Never read: nobody sees what is in them.
UNSEEN = frozenset(
    {
        "head",
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "canvas",
        "dialog",
        "datalist",
    }
)
_WITHOUT_INSIDES = UNSEEN | {"-text", "-comment"}
_HIDDEN = '[hidden], [aria-hidden="true"]'
#: Their text stands on lines of its own.
BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tr",
        "ul",
    }
)
CELLS = frozenset({"td", "th"})
#: An address with more is data, not a place.
MAX_URL_LENGTH = 2048


def parse_html(text: str) -> LexborHTMLParser:
    """Return the tree of a page, no deeper than browsers go, without NUL."""
    return LexborHTMLParser(make_shallow(text.replace("\x00", "")))


def walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Yield every node that people see, in order, as (node, is_closing).

    Elements come twice, when they open and when they close; texts once. Iterative:
    depth costs memory, not the stack.
    """
    # Asked once: looking at the attributes of each node takes longer than the walk.
    hidden = {node.mem_id for node in root.css(_HIDDEN)}
    todo: list[tuple[LexborNode, bool]] = [(root, False)]
    while todo:
        node, is_closing = todo.pop()
        yield node, is_closing
        tag = node.tag
        if is_closing or tag in _WITHOUT_INSIDES:
            continue
        if hidden and node.mem_id in hidden:
            continue
        todo.append((node, True))
        todo.extend([(child, False) for child in node.iter(include_text=True)][::-1])


def read_text(root: LexborNode) -> str:
    """Return the text of an element: blocks on lines, white space made single."""
    return tidy("".join(read_pieces(root)))


def read_pieces(root: LexborNode) -> Iterator[str]:
    """Yield the texts below an element, with line breaks between blocks."""
    for node, is_closing in walk(root):
        yield read_piece(node, is_closing=is_closing)


def read_piece(node: LexborNode, *, is_closing: bool) -> str:
    """Return what one step of `walk` adds to a text."""
    tag = node.tag
    if tag == "-text":
        text = node.text_content or ""
        if "\n" not in text:
            return text
        parent = node.parent
        is_as_typed = parent is not None and parent.tag in ("pre", "textarea")
        return text if is_as_typed else text.replace("\n", " ")
    if tag in BLOCKS:
        return "\n"
    return "\t" if is_closing and tag in CELLS else ""


def tidy(text: str) -> str:
    """Return text with single spaces within lines and no empty lines."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def resolve_url(base: str, link: str) -> str:
    """Return a link as a full address; what is no web address stays as it is."""
    link = link.strip()
    if len(link) > MAX_URL_LENGTH:
        return link
    try:
        full = urljoin(base, link)
        return full if urlsplit(full).scheme in ("http", "https") else link
    except ValueError:
        return link


def find_base(tree: LexborHTMLParser, url: str) -> str:
    """Return what links are relative to: the page's ``<base>``, else its address."""
    base = tree.css_first("base[href]")
    href = base.attributes.get("href") if base is not None else None
    return resolve_url(url, href) if href else url
