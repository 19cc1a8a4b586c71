"""The address ranges that nothing is sent to, each with its name.

The union of what Stripe's Smokescreen and Svix refuse, and of what they miss:
platform addresses, deprecated site-local, IPv4 embedded in IPv6 of every kind.

Source: IANA IPv4/IPv6 Special-Purpose Address Registries; stripe/smokescreen
``pkg/smokescreen/smokescreen.go``; svix/svix-webhooks ``server/svix-server``.
"""

from __future__ import annotations

import functools
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

# The first match names the address, so narrow ranges come before wide ones.
_IPV4_RANGES = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "an unspecified address (this host)"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address (cloud metadata)"),
        ("168.63.129.16/32", "a platform address of Microsoft Azure"),
        ("10.0.0.0/8", "a private address"),
        ("172.16.0.0/12", "a private address"),
        ("192.168.0.0/16", "a private address"),
        ("100.64.0.0/10", "a shared address (carrier-grade NAT)"),
        ("192.0.0.0/24", "a reserved address (IETF protocols)"),
        ("192.0.2.0/24", "a documentation address"),
        ("198.51.100.0/24", "a documentation address"),
        ("203.0.113.0/24", "a documentation address"),
        ("192.88.99.0/24", "a reserved address (6to4 relay)"),
        ("198.18.0.0/15", "a benchmarking address"),
        ("224.0.0.0/4", "a multicast address"),
        ("255.255.255.255/32", "the broadcast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)

_IPV6_RANGES = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "an unspecified address (this host)"),
        ("::1/128", "a loopback address"),
        ("100::/64", "a discard-only address"),
        ("2001:db8::/32", "a documentation address"),
        ("2001:2::/48", "a benchmarking address"),
        ("2001::/23", "a reserved address (IETF protocols)"),
        ("3ffe::/16", "a reserved address (6bone)"),
        ("3fff::/20", "a documentation address"),
        ("5f00::/16", "a segment-routing address"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
)

# (network, its name, how far right the IPv4 address stands, XOR mask)
_EMBEDDED = tuple(
    (IPv6Network(network), kind, shift, mask)
    for network, kind, shift, mask in (
        ("::ffff:0:0/96", "IPv4-mapped", 0, 0),
        ("::ffff:0:0:0/96", "IPv4-translated (SIIT)", 0, 0),
        ("64:ff9b::/96", "NAT64", 0, 0),
        ("64:ff9b:1::/48", "local-use NAT64", 0, 0),
        ("2002::/16", "6to4", 80, 0),
        ("2001::/32", "Teredo", 0, 0xFFFFFFFF),
    )
)
_COMPATIBLE = IPv6Network("::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")


@functools.lru_cache(maxsize=4096)
def describe_refused(address: IPv4Address | IPv6Address) -> str | None:
    """Return what kind of refused address this is, or None for a public one.

    The text completes "<address> is …". IPv4 inside IPv6 is refused whatever it
    embeds, since a gateway on the way decides what it reaches.
    """
    if isinstance(address, IPv4Address):
        for network4, kind in _IPV4_RANGES:
            if address in network4:
                return kind
        return None
    return _describe_embedded(address) or _describe_ipv6(address)


def _describe_embedded(address: IPv6Address) -> str | None:
    value = int(address)
    for network, name, shift, mask in _EMBEDDED:
        if address in network:
            inner = IPv4Address((value >> shift & 0xFFFFFFFF) ^ mask)
            return f"the address {inner} wrapped in IPv6 ({name})"
    if address in _COMPATIBLE and value > 1:
        return f"the address {IPv4Address(value)} wrapped in IPv6 (IPv4-compatible)"
    return None


def _describe_ipv6(address: IPv6Address) -> str | None:
    for network, kind in _IPV6_RANGES:
        if address in network:
            return kind
    return None if address in _GLOBAL_UNICAST else "a reserved address"
