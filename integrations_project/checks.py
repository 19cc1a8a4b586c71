"""Says at start what is wrong with the settings, and what to set instead."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from integrations_project.supervisor.cluster_settings import (
    cluster_names,
    cluster_options,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ID = "integrations_project"
#: A pump's turn, the longest request, and time to record: a task lasts that long.
LONGEST_TASK_SECONDS = 20 + 30 + 10
#: Anything wider than this lets webhooks reach whole private networks.
WIDEST_PREFIX = {4: 16, 6: 48}
HIGHEST_PORT = 65535
LOOPBACK = {
    4: ipaddress.ip_network("127.0.0.0/8"),
    6: ipaddress.ip_network("::1/128"),
}


@register(Tags.security)
def check_times(**_options: Any) -> list[CheckMessage]:
    """Find clusters whose tasks would be killed, or run twice, while they work."""
    return [each for name in cluster_names() for each in _check_cluster(name)]


def _check_cluster(name: str) -> Iterator[CheckMessage]:
    options = cluster_options(name)
    timeout, retry = options["timeout"], options["retry"]
    if timeout < LONGEST_TASK_SECONDS:
        yield Error(
            f"Tasks of the cluster {name} are ended after {timeout} s, while a pump "
            f"may need {LONGEST_TASK_SECONDS} s.",
            hint=f"Set its timeout to {LONGEST_TASK_SECONDS} or more.",
            id=f"{ID}.E001",
        )
    waits = options["queue_limit"] / options["workers"] + 1
    if retry <= timeout * waits:
        yield Error(
            f"A task of the cluster {name} may be started again after {retry} s "
            f"while it still runs or waits ({timeout * waits:.0f} s).",
            hint=f"Set its retry above {timeout * waits:.0f}.",
            id=f"{ID}.E002",
        )


@register(Tags.files)
def check_database_directory(**_options: Any) -> list[CheckMessage]:
    """Find an SQLite file that could not be written: it needs its directory too."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return []
    directory = Path(database["NAME"]).parent
    if not directory.exists() or _is_writable(directory):
        return []
    return [
        Error(
            f"The directory {directory} of the database cannot be written.",
            hint="SQLite keeps its log beside the file: let our user write there.",
            id=f"{ID}.E003",
        )
    ]


def _is_writable(directory: Path) -> bool:
    try:
        with TemporaryFile(dir=directory):
            return True
    except OSError:
        return False


@register(Tags.urls)
def check_site_url(**_options: Any) -> list[CheckMessage]:
    """Find a SITE_URL that links and cookies could not be made from."""
    site = urlsplit(settings.SITE_URL)
    is_plain = not (site.path or site.query or site.fragment or site.username)
    if site.scheme not in ("http", "https") or not site.hostname or not is_plain:
        return [
            Error(
                f"SITE_URL is {settings.SITE_URL!r}.",
                hint="Set scheme, host and port only, as https://signalpost.example.",
                id=f"{ID}.E004",
            )
        ]
    return []


@register(Tags.security)
def check_numbers(**_options: Any) -> list[CheckMessage]:
    """Find numbers out of range."""
    ranges = (
        ("TRUSTED_PROXIES", 0, 100, "E005"),
        ("PORT", 1, HIGHEST_PORT, "E006"),
        ("RECEIVER_MAX_BODY_BYTES", 1, 8 * 1024 * 1024, "E007"),
        ("RECEIVER_RATE_PER_MINUTE", 1, 1_000_000, "E008"),
        ("RECEIVER_RATE_PER_MINUTE_ORGANIZATION", 0, 10_000_000, "E010"),
        ("WEB_PROCESSES", 1, 1000, "E011"),
        ("MONITOR_HOST_DISTANCE_SECONDS", 0, 3600, "E012"),
    )
    return [
        Error(
            f"{name} is {getattr(settings, name)}.",
            hint=f"Set it between {lowest} and {highest}.",
            id=f"{ID}.{number}",
        )
        for name, lowest, highest, number in ranges
        if not lowest <= getattr(settings, name) <= highest
    ]


@register(Tags.security)
def check_allowed_hosts(**_options: Any) -> list[CheckMessage]:
    """Find hosts that would be refused, and those that should be."""
    hosts = settings.ALLOWED_HOSTS
    site_host = urlsplit(settings.SITE_URL).hostname or ""
    found: list[CheckMessage] = []
    if "*" in hosts:
        found.append(
            Warning(
                "ALLOWED_HOSTS allows every host, so links in e-mails can be forged.",
                hint="List the names under which people open this site.",
                id=f"{ID}.W001",
            )
        )
    elif not any(_allows(pattern, site_host) for pattern in hosts):
        found.append(
            Error(
                f"ALLOWED_HOSTS does not hold {site_host}, the host of SITE_URL.",
                hint=f"Add {site_host} to ALLOWED_HOSTS.",
                id=f"{ID}.E009",
            )
        )
    return found


def _allows(pattern: str, host: str) -> bool:
    bare = pattern.strip("[]").lower()
    return host == bare or (bare.startswith(".") and f".{host}".endswith(bare))


@register(Tags.security)
def check_delivery_networks(**_options: Any) -> list[CheckMessage]:
    """Find a policy so wide that anybody's webhook reaches internal services."""
    wide = [
        str(network)
        for network in settings.DELIVERY_ALLOWED_NETWORKS
        if network.prefixlen < WIDEST_PREFIX[network.version]
        and network != LOOPBACK[network.version]
    ]
    if not wide:
        return []
    return [
        Warning(
            f"DELIVERY_ALLOWED_NETWORKS opens {', '.join(wide)} to every webhook.",
            hint="List the networks, or single addresses, that webhooks need.",
            id=f"{ID}.W002",
        )
    ]


@register(Tags.security, deploy=True)
def check_trial_settings(**_options: Any) -> list[CheckMessage]:
    """Find what suits a first look and nothing that others can reach."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(
            Warning(
                "DEBUG is on: visitors would see settings, and queries pile up.",
                hint="Set DEBUG=0.",
                id=f"{ID}.W003",
            )
        )
    if _is_public() and settings.DELIVERY_ALLOW_HTTP:
        found.append(
            Warning(
                "DELIVERY_ALLOW_HTTP lets webhooks send secrets unencrypted.",
                hint="Set DELIVERY_ALLOW_HTTP=0.",
                id=f"{ID}.W004",
            )
        )
    if _is_public() and any(map(_is_loopback, settings.DELIVERY_ALLOWED_NETWORKS)):
        found.append(
            Warning(
                "DELIVERY_ALLOWED_NETWORKS lets webhooks reach this machine itself.",
                hint="Take the loopback networks out of it.",
                id=f"{ID}.W005",
            )
        )
    return found


def _is_public() -> bool:
    host = urlsplit(settings.SITE_URL).hostname or ""
    return host not in ("localhost", "127.0.0.1", "::1")


def _is_loopback(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return network.overlaps(LOOPBACK[network.version])
