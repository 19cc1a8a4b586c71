"""The places of a prepared post: ``{{ service }}`` is filled when it is used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from integrations_project.lib.json_path import InvalidPath, compile_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrations_project.lib.json_types import JSONObject

_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
#: What a place may name, and what stands there then.
PLACES = {
    "service": "The services that it is about, as the page calls them",
    "title": "The title of the incident or the maintenance",
    "page": "The title of the status page",
    "status": "The worst status of these services",
    "severity": "The severity of the incident",
    "number": "The number of the incident",
    "starts_at": "When the maintenance begins, in the page's time zone",
    "ends_at": "When the maintenance ends",
    "date": "Today, in the page's time zone",
    "time": "The time of day there",
}


def check_places(text: str) -> None:
    """Refuse places that nothing fills.

    Raises:
        ValidationError: With a sentence that says which, and what there is.
    """
    if "{{" in _PLACE.sub("", text):
        message = "A place is not closed: write {{ service }} with two braces."
        raise ValidationError(message)
    for place in _PLACE.finditer(text):
        _check_place(place[1].strip())


def fill_places(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its places filled; what has no value leaves nothing.

    ``{{ title ?? service }}`` takes the first of both that says something.
    """
    root: JSONObject = {name: value or None for name, value in values.items()}

    def fill(place: re.Match[str]) -> str:
        found = compile_path(place[1].strip()).find(root, {})
        return str(found.value) if found and found.value is not None else ""

    return _PLACE.sub(fill, text).strip()


def _check_place(path: str) -> None:
    try:
        compile_path(path)
    except InvalidPath as error:
        raise ValidationError(f"In {{{{ {path:.60} }}}}: {error.message}") from None
    for name in path.split("??"):
        if name.strip() not in PLACES:
            names = ", ".join(PLACES)
            message = f"Nothing fills {{{{ {name.strip():.60} }}}}; a place is one of: "
            raise ValidationError(f"{message}{names}.")
