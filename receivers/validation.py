"""What may be stored in a receiver: checked alike by form, admin and API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.http_headers import check_header_name
from integrations_project.lib.json_path import compile_items_path, compile_path
from receivers.admission import MAX_NETWORKS, parse_network
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

#: The least and the most of each number that may be left out.
_LIMITS = {"rate_per_minute": (1, 60_000), "expected_every_minutes": (1, 44_640)}


def find_receiver_errors(receiver: Receiver) -> dict[str, list[str]]:
    """Return a sentence for each field of a receiver that needs mending."""
    errors: defaultdict[str, list[str]] = defaultdict(list)
    for field, check in _CHECKS:
        text = getattr(receiver, field)
        if text and (sentence := _find_error(check, text)):
            errors[field].append(sentence)
    single = {
        "preset": _find_preset_error(receiver.preset),
        "status_field": _find_status_error(receiver),
        "mapping": _find_mapping_error(receiver),
        "hmac_secret": _find_secret_error(receiver.hmac_secret),
        "source_networks": _find_networks_error(receiver.source_networks),
        **{field: _find_limit_error(receiver, field) for field in _LIMITS},
    }
    found = ((field, sentence) for field, sentence in single.items() if sentence)
    for field, sentence in (
        *found,
        *_list_service_errors(receiver),
        *_list_auth(receiver),
    ):
        errors[field].append(sentence)
    return dict(errors)


def _find_status_error(receiver: Receiver) -> str:
    if receiver.status_field or receiver.preset:
        return ""
    return "Say where the status is, such as status."


def _find_limit_error(receiver: Receiver, field: str) -> str:
    least, most = _LIMITS[field]
    number = getattr(receiver, field)
    is_fine = number is None or least <= number <= most
    return "" if is_fine else f"Enter {least} to {most}, or nothing."


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
    if receiver.expected_every_minutes and service is None:
        message = "Choose a service: without one, nobody knows what is silent."
        return [("expected_every_minutes", message)]
    if receiver.create_unknown_services and not is_named:
        message = "Services can only be created when the body names them."
        return [("create_unknown_services", message)]
    return []


def _list_auth(receiver: Receiver) -> list[tuple[str, str]]:
    errors = []
    if receiver.required_auth == "basic":
        if not receiver.auth_username or ":" in receiver.auth_username:
            message = "Enter a user for Basic authorization, without a colon."
            errors.append(("auth_username", message))
        if not receiver.auth_password:
            errors.append(("auth_password", "Enter a password for it."))
    if receiver.required_auth == "bearer" and not receiver.auth_token:
        errors.append(("auth_token", "Enter the token that senders must bring."))
    return errors


def _find_networks_error(networks: object) -> str:
    if not isinstance(networks, list) or not all(isinstance(n, str) for n in networks):
        return 'Enter networks as a list, such as ["203.0.113.0/24"].'
    if len(networks) > MAX_NETWORKS:
        return f"Enter at most {MAX_NETWORKS} networks."
    return next((e for n in networks if (e := _find_error(parse_network, n))), "")
