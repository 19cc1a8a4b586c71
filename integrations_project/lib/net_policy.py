"""Which URLs and addresses Signalpost may send to; one policy for every client.

libcurl asks `NetPolicy.check_address` for the socket that it is about to open,
`requests` sessions do the same, and forms call `NetPolicy.resolve_and_check`
so that a refused address is named when it is typed.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import quote

import idna

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.net_ranges import describe_refused

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

MAX_URL_LENGTH = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}
#: How long `resolve_and_check` waits for an answer: a form is waiting too.
LOOKUP_SECONDS = 3.0

_BLOCKED_PORTS = (
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 "
    "109 110 111 113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 "
    "515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 "
    "1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 "
    "10080"
)
#: Ports where a POST could be taken for another protocol's commands.
#: Source: https://fetch.spec.whatwg.org/#port-blocking (read 2026-11).
BLOCKED_PORTS = frozenset(map(int, _BLOCKED_PORTS.split()))

# RFC 3986, appendix B, with the authority taken apart by hand below.
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?")
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^\[:]*)(?::(.*))?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


class UrlRefused(ProjectError):
    """Enter a complete web address such as https://example.com/hook."""

    code = "url_refused"
    permanent = True


class AddressRefused(ProjectError):
    """The address belongs to a network that Signalpost does not send to."""

    code = "address_refused"
    permanent = True

    def __init__(self, address: str, *, kind: str, host: str | None = None) -> None:
        self.address = address
        self.kind = kind
        self.host = host
        subject = f"{host} points to {address}, which" if host else address
        super().__init__(
            f"{subject} is {kind}; Signalpost does not send there. Enter a public "
            "address, or ask the operator to add this network to "
            "DELIVERY_ALLOWED_NETWORKS."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a checked URL leads."""

    scheme: str  #: ``https`` or ``http``
    host: str  #: lower-case A-label, dotted IPv4, or IPv6 without brackets
    port: int
    url: str  #: ASCII, normalised, without fragment: what goes to the client
    address: IPAddress | None  #: set when the host is a literal address

    @property
    def place(self) -> str:
        """Return host and port as a person would write them."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{shown}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a name stands for right now."""

    target: Target
    addresses: tuple[str, ...]  #: all checked; empty when the look-up failed
    note: str = ""  #: why it is empty, one sentence; not an error


@dataclass(frozen=True, slots=True)
class NetPolicy:
    """What may be reached: scheme, shape of the URL, and networks."""

    allow_http: bool = False
    allowed_networks: tuple[IPNetwork, ...] = ()  #: exceptions to the refused ranges

    @classmethod
    def build(cls, *, allow_http: bool, networks: Iterable[str] = ()) -> NetPolicy:
        """Return the policy for settings as they are written.

        Args:
            allow_http: whether plain http may be used.
            networks: CIDR texts such as ``10.0.0.0/8`` or a single address.

        Raises:
            ValueError: a network is not a CIDR; the message names it.
        """
        parsed = tuple(ipaddress.ip_network(text.strip()) for text in networks)
        return cls(allow_http=allow_http, allowed_networks=parsed)

    def check_url(self, url: str) -> Target:
        """Return where a URL leads, without asking the DNS.

        Literal addresses are read as libcurl reads them (decimal, octal and
        hexadecimal, one to four parts) and checked; names are IDNA-encoded.

        Raises:
            UrlRefused: the URL cannot be used; the message says what to enter.
            AddressRefused: the host is a literal address that is refused.

        Source: RFC 3986; UTS 46; inet_aton(3).
        """
        target = parse_url(url, allow_http=self.allow_http)
        if target.address is not None:
            self.check_address(target.address)
        return target

    def check_address(
        self, address: IPAddress | str, *, host: str | None = None
    ) -> None:
        """Refuse an address of a private, local or otherwise special network.

        Args:
            address: as an object or as text.
            host: the name that led to it, for the message.

        Raises:
            AddressRefused: names the address and the kind of its range.
        """
        if isinstance(address, str):
            # A scope ("fe80::1%eth0") is no part of the range.
            address = ipaddress.ip_address(address.partition("%")[0])
        if any(address in network for network in self.allowed_networks):
            return
        kind = describe_refused(address)
        if kind is not None:
            raise AddressRefused(str(address), kind=kind, host=host)

    def permit(self, host: str, addresses: Iterable[str]) -> list[str]:
        """Return those addresses of a name that may be connected to.

        Every one is checked; a refused one beside a public one is left out.

        Raises:
            AddressRefused: none is left; names the first one refused.
        """
        permitted, refusal = [], None
        for address in addresses:
            try:
                self.check_address(address, host=host)
                permitted.append(address)
            except AddressRefused as refused:
                refusal = refusal or refused
        if not permitted and refusal is not None:
            raise refusal
        return permitted

    def resolve_and_check(
        self, url: str, *, timeout_seconds: float = LOOKUP_SECONDS
    ) -> Resolution:
        """Check a URL and every address its name has now.

        For forms and Verify. A failed look-up is not an error: the name may
        exist tomorrow, and the address is checked again when it is used.

        Raises:
            UrlRefused: as `check_url`.
            AddressRefused: one of the addresses is refused.
        """
        target = self.check_url(url)
        if target.address is not None:
            return Resolution(target=target, addresses=(str(target.address),))
        addresses = look_up(target.host, timeout_seconds=timeout_seconds)
        if not addresses:
            note = (
                f"{target.host} could not be looked up right now, so its address "
                "was not checked. Make sure that the name is spelled correctly."
            )
            return Resolution(target=target, addresses=(), note=note)
        for address in addresses:
            self.check_address(address, host=target.host)
        return Resolution(target=target, addresses=addresses)


@functools.lru_cache(maxsize=4096)
def parse_url(url: str, *, allow_http: bool) -> Target:
    """Take a URL apart and put it together again as it goes on the wire.

    Raises:
        UrlRefused: the message says what is wrong and what to enter.
    """
    _check_characters(url)
    match = _URL.fullmatch(url)
    if match is None:
        raise UrlRefused
    scheme = _check_scheme(match[1].lower(), allow_http=allow_http)
    host, port = _split_authority(match[2], default_port=DEFAULT_PORTS[scheme])
    address: IPAddress | None
    if host.startswith("["):
        address = _parse_ipv6(host)
    else:
        host = _encode_host(host)
        address = _parse_ipv4(host)
    if address is not None:
        host = str(address)
    path = quote(match[3] or "/", safe="/%:@!$&'()*+,;=-._~[]")
    query = quote(match[4] or "", safe="/%:@!$&'()*+,;=-._~?[]")
    shown = f"[{host}]" if ":" in host else host
    suffix = "" if port == DEFAULT_PORTS[scheme] else f":{port}"
    wire = f"{scheme}://{shown}{suffix}{path}{query}"
    if len(wire) > MAX_URL_LENGTH * 3:
        raise UrlRefused(f"Enter an address of at most {MAX_URL_LENGTH} characters.")
    return Target(scheme=scheme, host=host, port=port, url=wire, address=address)


def find_addresses(host: str) -> tuple[str, ...]:
    """Ask the system for every address of a name; empty when it has none.

    Blocks as long as the system's resolver does, which may be ten seconds.
    """
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


def look_up(
    host: str,
    *,
    timeout_seconds: float,
    find: Callable[[str], tuple[str, ...]] = find_addresses,
) -> tuple[str, ...]:
    """Return every address of a name; empty when it has none in time.

    The system's resolver takes no deadline, so it runs in a thread that is
    left behind when it is too slow.
    """
    found: list[str] = []
    thread = threading.Thread(
        target=lambda: found.extend(find(host)), name="look-up", daemon=True
    )
    thread.start()
    thread.join(timeout_seconds)
    return tuple(found)


def _check_characters(url: str) -> None:
    if not url:
        raise UrlRefused
    if len(url) > MAX_URL_LENGTH:
        raise UrlRefused(
            f"The address has {len(url)} characters; enter one of at most "
            f"{MAX_URL_LENGTH}."
        )
    if _FORBIDDEN.search(url):
        raise UrlRefused(
            "The address contains a space, a backslash or a control character; "
            "enter it without, or percent-encoded (a space is %20)."
        )


def _check_scheme(scheme: str, *, allow_http: bool) -> str:
    if scheme == "https" or (scheme == "http" and allow_http):
        return scheme
    if scheme == "http":
        raise UrlRefused(
            "Enter an address that starts with https://; plain http would send the "
            "data unprotected (the operator can permit it with DELIVERY_ALLOW_HTTP)."
        )
    allowed = "https:// or http://" if allow_http else "https://"
    raise UrlRefused(f"Enter an address that starts with {allowed}, not {scheme}:.")


def _split_authority(authority: str, *, default_port: int) -> tuple[str, int]:
    if "@" in authority:
        raise UrlRefused(
            "Enter the address without a user name and password before the @; "
            "put them into the authorization fields."
        )
    match = _AUTHORITY.fullmatch(authority)
    host, port_text = match.groups(default="") if match else (authority, "")
    if not host:
        raise UrlRefused("Enter an address with a host name: https://example.com/hook.")
    if not port_text:
        return host, default_port
    if not re.fullmatch(r"[0-9]{1,5}", port_text) or not 0 < int(port_text) < 65536:
        raise UrlRefused("Enter a port between 1 and 65535, or none.")
    port = int(port_text)
    if port in BLOCKED_PORTS:
        raise UrlRefused(
            f"Port {port} belongs to another protocol than the web's; enter the port "
            "of a web server, or none."
        )
    return host, port


def _encode_host(host: str) -> str:
    try:
        # UTS 46 maps case, width and the ideographic full stops before encoding.
        encoded = host.lower() if host.isascii() else _idna_encode(host)
    except (idna.IDNAError, UnicodeError) as error:
        raise UrlRefused(f"{host} is not a valid host name; check it.") from error
    encoded = encoded.removesuffix(".")
    labels = encoded.split(".")
    if len(encoded) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused(f"{host} is not a valid host name; check its spelling.")
    return encoded


def _idna_encode(host: str) -> str:
    mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
    return mapped if mapped.isascii() else idna.encode(mapped).decode("ascii")


def _parse_ipv6(host: str) -> IPv6Address:
    text = host.removeprefix("[").removesuffix("]")
    try:
        if "%" in text or not host.endswith("]"):
            raise ValueError(text)
        return IPv6Address(text)
    except ValueError as error:
        raise UrlRefused(f"{host} is not a valid IPv6 address; check it.") from error


def _parse_ipv4(host: str) -> IPv4Address | None:
    """Read a host as inet_aton does, or return None when it is a name.

    A host whose last part is a number is never looked up: it is an address
    or a mistake.

    Source: https://url.spec.whatwg.org/#ends-in-a-number-checker; libcurl's
    ipv4_normalize() in lib/urlapi.c.
    """
    parts = host.split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    try:
        numbers = [_read_number(part) for part in parts]
        *leading, last = numbers
        if len(numbers) > 4 or any(number > 255 for number in leading):
            raise ValueError(host)
        value = last
        if last >= 256 ** (4 - len(leading)):
            raise ValueError(host)
        for position, number in enumerate(leading):
            value += number << (8 * (3 - position))
    except ValueError as error:
        raise UrlRefused(f"{host} is not a valid IPv4 address; check it.") from error
    return IPv4Address(value)


def _read_number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") else int(text)
