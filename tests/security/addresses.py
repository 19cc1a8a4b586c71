"""Every address of the product, read from the URLconf, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver

SAFE = ("GET", "HEAD", "OPTIONS")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Asked by programs and by people who are not signed in.
MACHINES = (
    "healthz",
    "readyz",
    "receivers:incoming",
    "alerts:on-call-feed",
    "alerts:respond",
)
SIGN_IN = (
    "login",
    "logout",
    "password_reset",
    "password_reset_done",
    "password_reset_confirm",
    "password_reset_complete",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One pattern of the URLconf."""

    name: str  # with its namespaces; "" when it has none
    parameters: tuple[str, ...]
    view: Callable[..., Any]
    pattern: str

    @property
    def is_api(self) -> bool:
        return self.name.startswith(("api:", "client:"))

    @property
    def is_admin(self) -> bool:
        return self.name.startswith("admin:")

    @property
    def is_page(self) -> bool:
        """Whether it is a page of the dashboard, for people who are signed in."""
        public = (*MACHINES, *SIGN_IN, "")
        return not (
            self.is_api or self.is_admin or self.is_status or self.name in public
        )

    @property
    def is_status(self) -> bool:
        """Whether it is part of a status page, for visitors who never sign in."""
        return self.pattern.startswith("<slug:slug>")

    @property
    def resource(self) -> Any:
        """The resource of the REST API behind it; None for anything else."""
        return getattr(self.view, "cls", None) if self.is_api else None

    @property
    def actions(self) -> dict[str, str]:
        """Method to the name of the resource's own method."""
        found = getattr(self.view, "actions", None) or {}
        # REST framework adds HEAD as soon as a resource was asked once.
        return {m.upper(): name for m, name in found.items() if m != "head"}


def list_addresses() -> list[Address]:
    """Return every address, in the order of the URLconf."""
    return list(_walk(get_resolver().url_patterns, (), ()))


def list_pages() -> list[Address]:
    return [each for each in list_addresses() if each.is_page]


def list_resources() -> list[Address]:
    """Return the addresses of the REST API that show or change rows."""
    return [each for each in list_addresses() if hasattr(each.resource, "model")]


def list_admin() -> list[Address]:
    return [each for each in list_addresses() if each.is_admin]


def _walk(
    patterns: Any, namespaces: tuple[str, ...], parameters: tuple[str, ...]
) -> Iterator[Address]:
    for each in patterns:
        regex = each.pattern.regex
        names = (*parameters, *(each.pattern.converters or regex.groupindex))
        if isinstance(each, URLPattern):
            yield Address(
                name=":".join((*namespaces, each.name)) if each.name else "",
                parameters=names,
                view=each.callback,
                pattern=str(each.pattern),
            )
        else:
            inner = (each.namespace,) if each.namespace else ()
            yield from _walk(each.url_patterns, (*namespaces, *inner), names)
