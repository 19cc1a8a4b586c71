"""What every preset has in common.

A preset knows one sender: how to recognise its posts, where they say what, what its
words mean, how it signs and where a person pastes the URL. It is data with a few pure
functions: no database, no clock, no network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from integrations_project.lib.json_types import JSONObject, JSONValue

if TYPE_CHECKING:
    from receivers.datatypes import StatusMapping

Headers: TypeAlias = Mapping[str, str]
#: Is this body, which is an object, one of that shape?
Test: TypeAlias = Callable[[JSONObject, Headers], bool]
#: From an item and its raw status to what the mapping is asked: ``firing (warning)``.
Refine: TypeAlias = Callable[[JSONValue, str], str]
#: Why a shape never changes a status: a test, or news that is about no service.
Quiet: TypeAlias = Literal["test", "unsupported", "subscribed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One kind of body that a sender posts, with paths as a receiver has them.

    A path may name several places, ``a ?? b``; an empty one is not looked for.
    """

    name: str  #: for the receipt: "alerts", "ping"
    matches: Test
    quiet: Quiet | None = None
    sentence: str = ""  #: for a quiet shape: why nothing changes
    status_field: str = ""
    message_field: str = ""
    service_name_field: str = ""
    key_field: str = ""
    time_field: str = ""  #: the sender's own clock, for `stale`
    items_path: str = ""
    refine: Refine | None = None
    #: The same for a service's name, where a sender packs more into it.
    refine_name: Refine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How a sender signs, when it does."""

    scheme: str  #: a name in `receivers.verification.SCHEMES`
    header: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One sender."""

    name: str  #: as stored and in the API
    label: str  #: as screens show it
    about: str  #: one sentence: what it sends, and what a receiver makes of it
    source: str  #: the vendor's page, and when it was read
    shapes: tuple[Shape, ...]  #: the first that matches is taken
    mapping: StatusMapping  #: asked before the default table
    steps: tuple[str, ...]  #: where to paste the URL, one instruction each
    sample: JSONObject  #: a body that takes a service down
    sample_headers: Headers = field(default_factory=dict)
    signing: Signing | None = None
    delivery_id_field: str = ""  #: from the root of the body, or a header
    proof: Literal["", "sns"] = ""  #: a signature inside the body
    #: Whether a body is surely this sender's; by default that of any shape.
    recognises: Test | None = None

    def find_shape(self, body: JSONValue, headers: Headers) -> Shape | None:
        """Return the shape of a body; None when it is none of this sender's."""
        if not isinstance(body, dict):
            return None
        return next((s for s in self.shapes if s.matches(body, headers)), None)

    def is_sender_of(self, body: JSONValue, headers: Headers) -> bool:
        """Whether a body is surely from this sender."""
        if not isinstance(body, dict):
            return False
        if self.recognises is not None:
            return self.recognises(body, headers)
        return self.find_shape(body, headers) is not None


def header(headers: Headers, name: str) -> str:
    """Return a header's value, trimmed; empty when it is not there."""
    wanted = name.lower()
    return next((v.strip() for k, v in headers.items() if k.lower() == wanted), "")


def dig(value: JSONValue, *keys: str | int) -> JSONValue:
    """Return what a chain of keys and indexes leads to; None when it leads nowhere."""
    for key in keys:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int):
            value = value[key] if key < len(value) else None
        else:
            return None
    return value


def has_text(value: JSONValue, *keys: str | int) -> bool:
    """Whether a chain of keys leads to a text that is not empty."""
    found = dig(value, *keys)
    return isinstance(found, str) and bool(found.strip())


def has_object(value: JSONValue, *keys: str | int) -> bool:
    """Whether a chain of keys leads to an object."""
    return isinstance(dig(value, *keys), dict)
