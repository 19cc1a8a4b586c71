"""Addresses for Apprise: which may be stored, and the service behind one.

Apprise is loaded at the first such address, since that takes most of a second and
30 MB. Only services with hosts of their own are let through (`schemas.py`).

Source: https://github.com/caronc/apprise/wiki (2.2.0, read 2026-11).
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from webhooks.chat.addresses import is_masked
from webhooks.chat.schemas import ARGUMENTS, SCHEMAS
from webhooks.exceptions import ServiceRefused

if TYPE_CHECKING:
    from apprise import Apprise, AppriseAsset

MAX_LENGTH = 2048
_SCHEMA = re.compile(r"([a-z0-9]{1,20})://(?=[^\s])[\x21-\x7e]+", re.IGNORECASE)


def build_service(address: str, *, timeout_seconds: float = 10.0) -> Apprise:
    """Return the service at an address, ready to notify.

    It follows no redirect, keeps nothing on disk, makes no keys, reads no templates
    and tries once.

    Raises:
        ServiceRefused: The address is not allowed or not complete; the message says
            which, without repeating the address.
    """
    schema = _find_schema(address)
    apprise = _load_apprise()
    parsed = apprise.plugins.url_to_dict(address, secure_logging=True)
    if parsed is None or parsed.get("schema") != schema:
        raise ServiceRefused(_incomplete(schema))
    _check_arguments(parsed)
    asset = _build_asset(timeout_seconds)
    service = apprise.Apprise.instantiate(parsed, asset=asset)
    if service is None:
        raise ServiceRefused(_incomplete(schema))
    service.socket_connect_timeout = timeout_seconds
    service.socket_read_timeout = timeout_seconds
    notifier: Apprise = apprise.Apprise(asset=asset)
    notifier.add(service)
    return notifier


def find_service_error(address: str) -> str:
    """Return what is wrong with an address for Apprise, or an empty text."""
    try:
        build_service(address)
    except ServiceRefused as error:
        return error.message
    return ""


def _find_schema(address: str) -> str:
    match = _SCHEMA.fullmatch(address)
    if match is None or len(address) > MAX_LENGTH or is_masked(address):
        raise ServiceRefused(
            "Enter the complete address as the documentation of Apprise shows it, such "
            "as tgram://bottoken/chat; it has no spaces and at most "
            f"{MAX_LENGTH} characters."
        )
    schema = match[1].lower()
    if schema not in SCHEMAS:
        raise ServiceRefused(
            f"{schema}:// is not among the services that Signalpost reaches through "
            "Apprise: only those with a fixed host of their own are, such as tgram, "
            "pagerduty, opsgenie, pover or gchat. For a server of yours use a webhook."
        )
    return schema


def _check_arguments(parsed: dict[str, Any]) -> None:
    refused = sorted(set(parsed.get("qsd") or ()) - ARGUMENTS)
    if refused:
        raise ServiceRefused(
            f"The argument {refused[0]:.40} cannot be used here; take it out of the "
            "address. Files, attachments, templates and connection settings are not "
            "taken from an address."
        )


def _incomplete(schema: str) -> str:
    return (
        f"The address after {schema}:// is not complete; compare it with the "
        f"documentation of Apprise for {schema}."
    )


def _build_asset(timeout_seconds: float) -> AppriseAsset:
    return _load_apprise().AppriseAsset(  # type: ignore[no-any-return]  # a module
        storage_mode="memory",
        allow_templates=False,
        service_timeout=timeout_seconds,
        http_redirects=False,
        async_mode=False,
        pgp_autogen=False,
        pem_autogen=False,
        app_id="Signalpost",
        app_desc="Signalpost",
        app_url="",
    )


def _load_apprise() -> Any:
    import apprise  # takes most of a second; few need it

    # What it logs may hold a token; our courier reads it, and nobody else does.
    logger = logging.getLogger("apprise")
    if logger.propagate:
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
        logger.setLevel(logging.INFO)
    return apprise
