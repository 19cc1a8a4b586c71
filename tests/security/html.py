"""Reads a page as a browser does: elements, forms, and what breaks the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

Attributes = dict[str, str]
#: Attributes that make a browser load something by itself.
ASSETS = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "use": "href",
}


@dataclass
class Form:
    """A form as it is sent when nobody touches it."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, value: str | None = None) -> None:
        values = self.fields.setdefault(name, [])
        if value is not None:
            values.append(value)


class Page(HTMLParser):
    """All elements of a page, and its forms."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, Attributes]] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: Attributes | None = None
        self._area = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag == "form":
            method = given.get("method", "get").lower()
            self._form = Form(action=given.get("action", ""), method=method)
            self.forms.append(self._form)
        elif self._form is not None:
            self._read_field(self._form, tag, given)

    def _read_field(self, form: Form, tag: str, given: Attributes) -> None:
        name = given.get("name", "")
        if tag == "option":
            self._read_option(form, given)
        elif tag == "select":
            self._select = given
            form.add(name)
        elif tag == "textarea":
            self._area = name
            form.add(name, "")
        elif tag == "input" and name:
            is_choice = given.get("type") in ("checkbox", "radio")
            is_sent = not is_choice or "checked" in given
            form.add(name, given.get("value", "on") if is_sent else None)

    def _read_option(self, form: Form, given: Attributes) -> None:
        if self._select is not None and "selected" in given:
            form.add(self._select.get("name", ""), given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            values = self._form.fields[self._area]
            values[-1] = (values[-1] + data).removeprefix("\n")

    def list_parameters(self, url: str) -> set[str]:
        """Return the query parameters that the page itself takes, as far as it shows.

        The search of the frame belongs to another page.
        """
        found = {
            name
            for form in self.forms
            if form.method == "get" and form.action in ("", url)
            for name in form.fields
        }
        for _, given in self.elements:
            path, _, query = given.get("href", "").partition("?")
            if path in ("", url):
                found |= {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        return found - {""}


def find_faults(page: Page) -> list[str]:
    """Return what a strict Content-Security-Policy would block, and what is unsafe."""
    return [fault for tag, given in page.elements for fault in _judge(tag, given)]


def _judge(tag: str, given: Attributes) -> Iterator[str]:
    is_data = given.get("type") == "application/json"
    if tag == "script" and "src" not in given and not is_data:
        yield "inline <script>"
    if tag == "style":
        yield "inline <style>"
    for name, value in given.items():
        if name == "style" or name.startswith(("on", "hx-on")):
            yield f"<{tag} {name}=…>"
        if name in ("href", "src", "action", "formaction"):
            scheme = urlsplit(value.strip()).scheme
            if scheme not in ("", "http", "https", "mailto", "data"):
                yield f"<{tag} {name}={value!r:.60}>"
    # A feed is named for readers of feeds; a browser does not fetch it.
    is_named = tag == "link" and given.get("rel") == "alternate"
    asset = "" if is_named else given.get(ASSETS.get(tag, ""), "")
    if urlsplit(asset).netloc:
        yield f"<{tag}> loads {asset!r:.80}"
