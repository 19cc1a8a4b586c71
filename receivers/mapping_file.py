"""A receiver's paths and table of values as a JSON file, to take to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrations_project.lib.json_types import (
    InvalidJson,
    describe_json,
    parse_strict_json,
    quote,
)
from receivers.exceptions import MappingFileInvalid
from receivers.mapping import validate_mapping

if TYPE_CHECKING:
    from receivers.models import Receiver

KIND = "receiver-mapping"
VERSION = 1
MAX_BYTES = 64 * 1024

#: The fields of the file besides the table itself, with the words that name them.
TEXTS = {
    "preset": "Sender",
    "items_path": "Items",
    "status_field": "Status",
    "service_name_field": "Service",
    "message_field": "Message",
    "key_field": "Key",
    "time_field": "Time",
    "delivery_id_field": "Delivery id",
    "mapping_mode": "The table",
    "unmapped": "Any other value",
}


def write_mapping(receiver: Receiver) -> dict[str, Any]:
    """Return the file of a receiver; nothing in it is secret."""
    texts = {name: getattr(receiver, name) for name in TEXTS}
    return {"kind": KIND, "version": VERSION, **texts, "mapping": receiver.mapping}


def read_mapping(raw: bytes) -> dict[str, Any]:
    """Return the fields that a file sets; those that it leaves out stay.

    Raises:
        MappingFileInvalid, MappingInvalid: With a sentence that says what is wrong.
    """
    if len(raw) > MAX_BYTES:
        raise MappingFileInvalid("The file is longer than 64 KB; no mapping is.")
    if not raw.strip():
        raise MappingFileInvalid("Choose a file, or paste its text.")
    try:
        document = parse_strict_json(raw)
    except InvalidJson as error:
        raise MappingFileInvalid(error.message) from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        message = (
            "This is no mapping that was exported here: it is "
            f'{describe_json(document)} without "kind": "{KIND}".'
        )
        raise MappingFileInvalid(message)
    if document.get("version") != VERSION:
        raise MappingFileInvalid("This version reads mappings of version 1 only.")
    return _read_fields(document)


def set_mapping(receiver: Receiver, values: dict[str, Any]) -> None:
    """Put what a file says on a receiver, unsaved."""
    for name, value in values.items():
        setattr(receiver, name, value)


def list_changes(receiver: Receiver, values: dict[str, Any]) -> list[dict[str, str]]:
    """Return what would change, each with its name, before and after."""
    changes = [
        {
            "name": label,
            "before": getattr(receiver, name),
            "after": values[name],
        }
        for name, label in TEXTS.items()
        if values.get(name, getattr(receiver, name)) != getattr(receiver, name)
    ]
    table = values.get("mapping", receiver.mapping)
    for status in ("operational", "degraded", "down", "maintenance"):
        before, after = receiver.mapping.get(status, []), table.get(status, [])
        if before != after:
            changes.append(
                {
                    "name": f"Values for {status}",
                    "before": ", ".join(before),
                    "after": ", ".join(after),
                }
            )
    return changes


def _read_fields(document: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name in TEXTS:
            if not isinstance(value, str):
                message = f"{quote(name)} must be a text, not {describe_json(value)}."
                raise MappingFileInvalid(message)
            values[name] = value
        elif name == "mapping":
            values[name] = validate_mapping(value)
        elif name not in ("kind", "version"):
            known = ", ".join((*TEXTS, "mapping"))
            message = f"{quote(name)} is no field of a mapping; there are {known}."
            raise MappingFileInvalid(message)
    return values
