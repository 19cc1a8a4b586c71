"""Values that `receivers` passes around: settings, readings, outcomes, answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from integrations_project.lib.json_types import JSONObject, JSONValue
from receivers.exceptions import ReceiverError

Result: TypeAlias = Literal["processed", "ignored", "failed", "auth_failed"]

#: Status to the values that mean it, trimmed and in lower case.
StatusMapping: TypeAlias = Mapping[str, Sequence[str]]


class FieldPaths(Protocol):
    """Where a receiver looks in a body; an empty path is not looked for."""

    @property
    def service_id(self) -> UUID | None:
        """The fixed service; without one the body must name it."""
        ...

    @property
    def status_field(self) -> str:
        """Where the status is; the only path that must be set."""
        ...

    @property
    def message_field(self) -> str:
        """Where the message for people is."""
        ...

    @property
    def service_name_field(self) -> str:
        """Where the service's name is."""
        ...

    @property
    def key_field(self) -> str:
        """Where the key is that tells problems of one service apart."""
        ...

    @property
    def time_field(self) -> str:
        """When it happened, by the sender's clock; alternatives are tried in turn."""
        ...

    @property
    def refine(self) -> Callable[[JSONValue, str], str] | None:
        """What makes more of a raw status, given its item; None leaves it."""
        ...

    @property
    def refine_name(self) -> Callable[[JSONValue, str], str] | None:
        """The same for a service's name."""
        ...

    @property
    def items_path(self) -> str:
        """A list, such as ``alerts[]``, that the other paths start in."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverSpec:
    """A receiver's settings as they were when they were read: plain, cacheable.

    It holds secrets in the clear: keep it in memory, never in a log or a cache server.
    """

    id: UUID
    organization_id: UUID
    name: str
    enabled: bool = True

    service_id: UUID | None = None  # wins over any name in the body
    service_name_field: str = ""
    create_unknown_services: bool = False

    preset: str = ""  # a sender's, "detect", or "" for the fields below alone
    status_field: str = "status"  # "" takes the preset's, as do the following
    message_field: str = "message"
    key_field: str = ""
    time_field: str = ""
    delivery_id_field: str = ""
    items_path: str = ""

    mapping: StatusMapping = field(default_factory=dict)
    mapping_mode: str = "extend"  # or "replace"
    unmapped: str = "ignore"  # or the status that an unmapped value means

    #: Services are found by name in these networks only; empty is every network.
    network_ids: frozenset[UUID] = frozenset()

    auto_create_incidents: str = "never"  # "down", "degraded" (degraded or worse)
    incident_severity: str = "major"
    auto_resolve_incidents: bool = True

    hmac_secrets: tuple[str, ...] = field(default=(), repr=False)  # empty: unsigned
    signature_header: str = "X-Webhook-Signature"
    signature_scheme: str = "hex"  # a name in receivers.verification.SCHEMES
    required_auth: str = "none"  # "basic", "bearer"
    auth_username: str = ""
    auth_password: str = field(default="", repr=False)
    auth_token: str = field(default="", repr=False)
    source_networks: tuple[str, ...] = ()  # CIDR; empty is anywhere
    rate_per_minute: int | None = None  # None: the installation's
    is_silent: bool = False  # its dead-man switch speaks for it


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRequest:
    """A request to a known receiver, read whole."""

    body: bytes = field(repr=False)  # exactly as received
    headers: Mapping[str, str] = field(repr=False)  # safe to store as they are
    source_ip: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one item of a body says; lengths fit the columns they go to."""

    index: int  # 0 for a body without items
    raw_status: str | None  # trimmed, as sent; None when ``error`` says why
    message: str = ""
    service_name: str | None = None
    key: str = ""
    #: What tells it apart in the sender's words: {"name", "value"}, if any.
    group: tuple[dict[str, str], ...] | None = None
    where: str = ""  # the path the status was found at
    occurred_at: datetime | None = None  # by the sender's clock, when it tells
    error: ReceiverError | None = None  # this item cannot be read; others may


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOutcome:
    """What one item did, as the sender and the receipt are told."""

    service: str | None
    raw_status: str | None
    status: str | None
    previous_status: str | None
    result: Result
    reason: str = ""  # "" when something changed
    incident: str | None = None
    detail: str = ""  # the reason as a sentence; for the receipt
    service_id: UUID | None = None  # for the receipt
    where: str = ""  # the path that the status was read at; for the receipt

    def as_json(self) -> JSONObject:
        """Return the item as the contract names its fields."""
        return {
            "service": self.service,
            "raw_status": self.raw_status,
            "status": self.status,
            "previous_status": self.previous_status,
            "result": self.result,
            "reason": self.reason,
            "incident": self.incident,
        }

    def as_record(self) -> JSONObject:
        """Return the item as the receipt keeps it, for people."""
        return self.as_json() | {"detail": self.detail, "where": self.where}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one request; an authentic one always names its receipt."""

    status_code: int
    result: Result
    receipt: str | None = None
    items: tuple[ItemOutcome, ...] = ()
    code: str = ""  # stable word for what is wrong; "" when it was understood
    detail: str = ""  # the same as a sentence
    challenge: str = ""  # for the header WWW-Authenticate

    def as_json(self) -> JSONObject:
        """Return the body: items when it was understood, else code and detail."""
        body: JSONObject = {"result": self.result}
        if self.receipt is not None:
            body["receipt"] = self.receipt
        if self.code:
            return body | {"code": self.code, "detail": self.detail}
        return body | {"items": [item.as_json() for item in self.items]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """Requests to a receiver that came too often."""

    count: int
    limit: str  # a sentence: what is taken a minute
    last_at: datetime

    @property
    def requests(self) -> str:
        """How many, in words."""
        return "1 request" if self.count == 1 else f"{self.count:,} requests"
