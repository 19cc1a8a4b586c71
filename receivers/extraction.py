"""From a request's bytes to what it says: status, message, service and key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from integrations_project.lib.json_path import (
    Found,
    InvalidPath,
    Path,
    compile_items_path,
    compile_path,
)
from integrations_project.lib.json_types import (
    InvalidJson,
    JSONValue,
    describe_json,
    parse_strict_json,
    quote,
)
from receivers.datatypes import FieldPaths, Reading
from receivers.exceptions import (
    BodyNotJson,
    FieldPathInvalid,
    ItemsMissing,
    ReceiverError,
    ServiceMissing,
    StatusMissing,
    StatusNotText,
    TooManyItems,
)
from receivers.form_body import find_form_field, is_form
from receivers.groups import find_group
from receivers.sender_time import parse_sender_time

MAX_ITEMS = 500
#: The lengths of the columns that these go to.
MAX_STATUS_LENGTH = 200
MAX_MESSAGE_LENGTH = 1000
MAX_SERVICE_NAME_LENGTH = 200
MAX_KEY_LENGTH = 255

_MAX_NAMED_KEYS = 10


@dataclass(frozen=True, slots=True)
class _Fields:
    status: Path
    message: Path | None
    service_name: Path | None
    key: Path | None
    times: tuple[Path, ...]
    needs_service_name: bool
    refine: Callable[[JSONValue, str], str] | None
    refine_name: Callable[[JSONValue, str], str] | None


def read_body(raw: bytes, content_type: str) -> JSONValue:
    """Parse a body as JSON, whatever its content type says.

    A form's field ``payload``, else ``data``, is parsed instead of the form.

    Raises:
        BodyNotJson: With a sentence that says where and why.
    """
    try:
        return parse_strict_json(raw)
    except InvalidJson as error:
        if not is_form(raw, content_type):
            raise BodyNotJson(error.message) from error
    field, value = find_form_field(raw, content_type)
    try:
        return parse_strict_json(value)
    except InvalidJson as error:
        message = f'In the form field "{field}": {error.message}'
        raise BodyNotJson(message) from error


def extract_readings(
    body: JSONValue, headers: Mapping[str, str], spec: FieldPaths
) -> list[Reading]:
    """Read what a body says, one reading an item; one in all without an items path.

    An item that cannot be read carries its error, so that one bad item does not
    hold back the others. No items at all is an empty list.

    Raises:
        ReceiverError: The body, or every one of its items, cannot be read.
    """
    fields, items_path = _compile(spec)
    if items_path is None:
        return [_read_item(body, headers, fields, index=0)]

    readings: list[Reading] = []
    for index, item in enumerate(_find_items(body, headers, items_path)):
        try:
            reading = _read_item(item, headers, fields, index=index)
        except ReceiverError as error:
            reading = Reading(index=index, raw_status=None, error=error)
        readings.append(reading)
    _check_any_readable(readings)
    return readings


def as_text(value: JSONValue) -> str:
    """Return any value as trimmed text; null is empty, the rest as JSON writes it."""
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool() | int() | float():
            return json.dumps(value)
        case _:
            return json.dumps(
                value, ensure_ascii=False, sort_keys=True, separators=(",", ":")
            )


def _compile(spec: FieldPaths) -> tuple[_Fields, Path | None]:
    try:
        fields = _Fields(
            status=compile_path(spec.status_field),
            message=_compile_optional(spec.message_field),
            service_name=_compile_optional(spec.service_name_field),
            key=_compile_optional(spec.key_field),
            times=_compile_times(spec.time_field),
            needs_service_name=spec.service_id is None,
            refine=spec.refine,
            refine_name=spec.refine_name,
        )
        items_path = compile_items_path(spec.items_path) if spec.items_path else None
    except InvalidPath as error:
        message = f"This receiver's settings need mending. {error.message}"
        raise FieldPathInvalid(message) from error
    return fields, items_path


def _compile_optional(text: str) -> Path | None:
    return compile_path(text) if text else None


def _compile_times(text: str) -> tuple[Path, ...]:
    # One by one: the first that is a time counts, not the first that is there.
    return tuple(compile_path(part) for part in text.split("??")) if text else ()


def _find_time(
    item: JSONValue, headers: Mapping[str, str], paths: tuple[Path, ...]
) -> datetime | None:
    for path in paths:
        found = path.find(item, headers)
        moment = parse_sender_time(found.value) if found else None
        if moment is not None:
            return moment
    return None


def _find_items(
    body: JSONValue, headers: Mapping[str, str], path: Path
) -> list[JSONValue]:
    found = path.find(body, headers)
    if found is None:
        message = f"The items path {quote(path.text)} leads nowhere. {_tell_keys(body)}"
        raise ItemsMissing(message)
    if not isinstance(found.value, list):
        message = (
            f"The items path {quote(path.text)} leads to "
            f"{describe_json(found.value)}, not to a list."
        )
        raise ItemsMissing(message)
    if len(found.value) > MAX_ITEMS:
        message = (
            f"The body has {len(found.value)} items; at most {MAX_ITEMS} are taken "
            "in one request."
        )
        raise TooManyItems(message)
    return found.value


def _read_item(
    item: JSONValue, headers: Mapping[str, str], fields: _Fields, *, index: int
) -> Reading:
    status = _read_status(fields.status.find(item, headers), item, fields.status)
    raw_status = _refine(fields.refine, item, as_text(status.value))
    return Reading(
        index=index,
        raw_status=raw_status[:MAX_STATUS_LENGTH],
        message=_cut(_find_text(fields.message, item, headers), MAX_MESSAGE_LENGTH),
        service_name=_read_service_name(item, headers, fields),
        key=fit_key(_find_text(fields.key, item, headers)),
        where=status.where,
        occurred_at=_find_time(item, headers, fields.times),
        group=find_group(item),
    )


def _read_status(found: Found | None, item: JSONValue, path: Path) -> Found:
    if found is None:
        message = f"The status field {quote(path.text)} is missing. {_tell_keys(item)}"
        raise StatusMissing(message)
    if isinstance(found.value, (list, dict)):
        message = (
            f"The status field {quote(path.text)} must be a text, a number or true or "
            f"false; it is {describe_json(found.value)}."
        )
        raise StatusNotText(message)
    if not as_text(found.value):
        message = f"The status field {quote(path.text)} is {_tell_empty(found.value)}."
        raise StatusMissing(message)
    return found


def _read_service_name(
    item: JSONValue, headers: Mapping[str, str], fields: _Fields
) -> str | None:
    path = fields.service_name
    if path is None:
        if fields.needs_service_name:
            message = "This receiver has no service and no service name field; set one."
            raise ServiceMissing(message)
        return None
    found = path.find(item, headers)
    name = _refine(fields.refine_name, item, as_text(found.value) if found else "")
    if not fields.needs_service_name:
        return name[:MAX_SERVICE_NAME_LENGTH] or None

    if found is None:
        problem = f"is missing. {_tell_keys(item)}"
    elif isinstance(found.value, (list, dict)):
        problem = f"must be a name; it is {describe_json(found.value)}."
    elif not name:
        problem = f"is {_tell_empty(found.value)}."
    elif len(name) > MAX_SERVICE_NAME_LENGTH:
        problem = f"is longer than {MAX_SERVICE_NAME_LENGTH} characters."
    else:
        return name
    message = f"The service name field {quote(path.text)} {problem}"
    raise ServiceMissing(message)


def _refine(
    refine: Callable[[JSONValue, str], str] | None, item: JSONValue, text: str
) -> str:
    return refine(item, text) if refine and text else text


def _find_text(path: Path | None, item: JSONValue, headers: Mapping[str, str]) -> str:
    found = path.find(item, headers) if path else None
    return as_text(found.value) if found else ""


def _check_any_readable(readings: list[Reading]) -> None:
    errors = [reading.error for reading in readings if reading.error]
    if errors and len(errors) == len(readings):
        first = errors[0]
        raise type(first)(f"Item 1 of {len(readings)}: {first.message}") from first


def _tell_keys(value: JSONValue) -> str:
    if not isinstance(value, dict):
        return f"What was sent is {describe_json(value)}, not an object."
    if not value:
        return "The object is empty."
    names = ", ".join(quote(key) for key in list(value)[:_MAX_NAMED_KEYS])
    more = len(value) - _MAX_NAMED_KEYS
    return f"The keys there are {names}{f' and {more} more' if more > 0 else ''}."


def _tell_empty(value: JSONValue) -> str:
    return "null" if value is None else "empty"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def fit_key(text: str) -> str:
    """Return a sender's key so that it fits its column; different ones stay so."""
    if len(text) <= MAX_KEY_LENGTH:
        return text
    # A cut alone could make two long keys one; the digest keeps them apart.
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[: MAX_KEY_LENGTH - len(digest) - 1]}#{digest}"
