"""What may be stored in a receiver: checked alike by form, admin and API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.http_headers import check_header_name
from integrations_project.lib.json_path import compile_items_path, compile_path
from receivers.exceptions import UnknownPreset
from receivers.mapping import validate_mapping
from receivers.presets import DETECT, get_preset

if TYPE_CHECKING:
    from receivers.models import Receiver

MAX_SECRET_LENGTH = 500

_CHECKS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("status_field", compile_path),
    ("message_field", compile_path),
    ("service_name_field", compile_path),
    ("key_field", compile_path),
    ("time_field", compile_path),
    ("delivery_id_field", compile_path),
    ("items_path", compile_items_path),
    ("signature_header", check_header_name),
)


def find_receiver_errors(receiver: Receiver) -> dict[str, list[str]]:
    """Return a sentence for each field of a receiver that needs mending."""
    errors: defaultdict[str, list[str]] = defaultdict(list)
    if sentence := _find_preset_error(receiver.preset):
        errors["preset"].append(sentence)
    if not receiver.status_field and not receiver.preset:
        errors["status_field"].append("Say where the status is, such as status.")
    for field, check in _CHECKS:
        text = getattr(receiver, field)
        if text and (sentence := _find_error(check, text)):
            errors[field].append(sentence)
    if sentence := _find_mapping_error(receiver):
        errors["mapping"].append(sentence)
    if sentence := _find_secret_error(receiver.hmac_secret):
        errors["hmac_secret"].append(sentence)
    for field, sentence in _list_service_errors(receiver):
        errors[field].append(sentence)
    return dict(errors)


def _find_error(check: Callable[[str], object], text: object) -> str:
    if not isinstance(text, str):
        return "Enter a text."
    try:
        check(text)
    except ProjectError as error:
        return error.message
    return ""


def _find_preset_error(name: str) -> str:
    if name in ("", DETECT):
        return ""
    try:
        get_preset(name)
    except UnknownPreset as error:
        return error.message
    return ""


def _find_mapping_error(receiver: Receiver) -> str:
    try:
        table = validate_mapping(receiver.mapping)
    except ProjectError as error:
        return error.message
    is_deaf = receiver.mapping_mode == "replace" and not any(table.values())
    if is_deaf and receiver.unmapped == "ignore":
        return (
            "Without any value of its own, this receiver understands nothing: enter "
            "values, or let the table add to the default one."
        )
    return ""


def _find_secret_error(secret: str) -> str:
    if secret != secret.strip():
        return "The secret begins or ends with a space; leave it out."
    if len(secret) > MAX_SECRET_LENGTH:
        return f"The secret is too long; enter at most {MAX_SECRET_LENGTH} characters."
    return ""


def _list_service_errors(receiver: Receiver) -> list[tuple[str, str]]:
    service = receiver.service
    if service is None and not receiver.service_name_field and not receiver.preset:
        message = (
            "Choose a service, or enter in which field the body names it, "
            "such as service_name."
        )
        return [("service", message)]
    if service is not None and service.organization_id != receiver.organization_id:
        return [("service", "Choose a service of this organization.")]
    is_named = receiver.service_name_field or receiver.preset
    if receiver.create_unknown_services and not is_named:
        message = "Services can only be created when the body names them."
        return [("create_unknown_services", message)]
    return []
