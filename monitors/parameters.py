"""Query parameters that a run puts into the address of its page. Pure."""

from __future__ import annotations

from typing import Any

MAX_PARAMETERS = 50
MAX_LENGTH = 1000


def find_parameters_error(parameters: Any) -> str:
    """Return why query parameters cannot be used, or an empty text."""
    if not isinstance(parameters, dict) or len(parameters) > MAX_PARAMETERS:
        return (
            f"Write at most {MAX_PARAMETERS} parameters as an object, name to value, "
            'such as {"page": 2}.'
        )
    for name, value in parameters.items():
        values = value if isinstance(value, list) else [value]
        if any(each is None or isinstance(each, dict | list) for each in values):
            return f"The parameter {name:.60} needs a text or a number as its value."
        if not name or len(str(value)) + len(name) > MAX_LENGTH:
            return f"The parameter {name:.60} is too long to be part of an address."
    return ""
