"""May this sender post here at all? Asked before any signature is looked at."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from integrations_project.lib.exceptions import ProjectError
from receivers.exceptions import SenderRefused
from receivers.presets.base import header
from receivers.verification import read_text

if TYPE_CHECKING:
    from receivers.datatypes import InboundRequest, ReceiverSpec

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_NETWORKS = 100


class NetworkInvalid(ProjectError):
    """A source network must be an address or a range such as 203.0.113.0/24."""

    code = "network_invalid"


def check_sender(spec: ReceiverSpec, request: InboundRequest) -> None:
    """Refuse a post from a foreign network or without the right Authorization.

    Raises:
        SenderRefused: The sentence says what is missing, never what is right.
    """
    if spec.source_networks and not _is_inside(request.source_ip, spec.source_networks):
        source = request.source_ip or "an unknown address"
        message = f"This receiver takes no posts from {source}."
        raise SenderRefused(message, code="source_refused")
    if spec.required_auth != "none":
        _check_authorization(spec, request)


@lru_cache(maxsize=1024)
def parse_network(text: str) -> Network:
    """Return a network; a single address is a network of one.

    Raises:
        NetworkInvalid: With a sentence that says what to write.
    """
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        message = (
            f'"{text:.50}" is no network. Write an address or a range such as '
            "203.0.113.0/24."
        )
        raise NetworkInvalid(message) from None


def _is_inside(source_ip: str | None, networks: tuple[str, ...]) -> bool:
    if source_ip is None:
        return False
    address = ipaddress.ip_address(source_ip)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in parse_network(text) for text in networks)


def _check_authorization(spec: ReceiverSpec, request: InboundRequest) -> None:
    given = header(request.headers, "Authorization")
    scheme, _, value = given.partition(" ")
    if scheme.lower() != spec.required_auth:
        message = (
            f"This receiver asks for {spec.required_auth.capitalize()} authorization "
            "in the header Authorization."
        )
        raise SenderRefused(message, code="authorization_missing")
    if spec.required_auth == "basic":
        expected = f"{spec.auth_username}:{spec.auth_password}".encode()
        found = read_text(_decode(value.strip()).decode("latin-1"))
    else:
        expected, found = spec.auth_token.encode(), read_text(value.strip())
    matches = [hmac.compare_digest(expected, each) for each in found]
    if not any(matches):
        message = "The user, password or token in the header Authorization is wrong."
        raise SenderRefused(message, code="authorization_wrong")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
