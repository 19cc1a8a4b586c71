"""An organization with one row of each kind, every text of it marked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import (
    ApiKey,
    Membership,
    Network,
    Organization,
    User,
)
from alerts.models import (
    AlertType,
    EscalationPolicy,
    Incident,
    OnCallOverride,
    OnCallRotation,
    OnCallSchedule,
    PostTemplate,
    Rule,
    Service,
    StatusPage,
    StatusPost,
    Subscriber,
    Window,
)
from alerts.subscriber_links import build_unsubscribe_link
from monitors.models import Job, Schedule, Strategy
from receivers.models import Receipt, Receiver
from tests import factories
from tests.security.addresses import Address
from tests.security.rows import fill_world
from webhooks.models import Delivery, Destination, Event, Replay

BACKEND = "django.contrib.auth.backends.ModelBackend"
#: The row that a parameter of an address names.
ROWS: dict[str, type[Model]] = {
    "service_id": Service,
    "incident_id": Incident,
    "rule_id": Rule,
    "type_id": AlertType,
    "schedule_id": OnCallSchedule,
    "rotation_id": OnCallRotation,
    "override_id": OnCallOverride,
    "policy_id": EscalationPolicy,
    "window_id": Window,
    "page_id": StatusPage,
    "post_id": StatusPost,
    "subscriber_id": Subscriber,
    "template_id": PostTemplate,
    "receiver_id": Receiver,
    "receipt_id": Receipt,
    "monitor_id": Schedule,
    "run_id": Job,
    "strategy_id": Strategy,
    "destination_id": Destination,
    "delivery_id": Delivery,
    "replay_id": Replay,
    "member_id": Membership,
    "network_id": Network,
    "key_id": ApiKey,
}
#: Without it, reading would mark what was read: so the public client has it.
QUERIES = {"client:schedules-changes": "?mark_seen=false"}


@dataclass(kw_only=True)
class World:
    """An organization, a row of each kind, and what must stay secret."""

    organization: Organization
    mark: str
    network: Network
    rows: dict[type[Model], Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    api_keys: dict[str, str] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    def url(self, address: Address) -> str | None:
        """Return the address with the ids of this world; None without such a row."""
        values = {name: self.value(address, name) for name in address.parameters}
        if None in values.values():
            return None
        path = reverse(address.name, kwargs=values)
        return path + QUERIES.get(address.name, "")

    def value(self, address: Address, parameter: str) -> Any:
        """Return what a parameter of an address is here.

        A KeyError means: a new kind of address; add its row to ROWS and to the world.
        """
        if address.is_api and parameter in ("pk", "other_pk"):
            return self.rows[address.resource.model].pk
        if parameter == "batch_id":
            return self.rows[Job].batch_id
        if parameter == "token" and address.is_status:
            link = build_unsubscribe_link(self.rows[Subscriber])
            return link.rstrip("/").rpartition("/")[2]
        if parameter in ("slug", "number", "year", "month"):
            return self._status_value(parameter)
        if parameter == "name":
            return self.rows[AlertType].name
        if parameter == "trace_id":
            return self.rows[Event].trace
        if address.is_admin:
            return self._admin_value(address, parameter)
        return self.rows[ROWS[parameter]].pk

    def _status_value(self, parameter: str) -> Any:
        now = timezone.now()
        return {
            "slug": self.rows[StatusPage].slug,
            "number": self.rows[Incident].number,
            "year": now.year,
            "month": now.month,
        }[parameter]

    def _admin_value(self, address: Address, parameter: str) -> Any:
        if parameter != "object_id":
            labels = sorted(model._meta.app_label for model in admin.site._registry)
            return labels[0] if parameter == "app_label" else None
        for model in admin.site._registry:
            prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
            if address.name.startswith(prefix):
                row = self.rows.get(model) or model._base_manager.first()
                return row.pk if row else None
        return None

    def sign_in(self, role: str = "admin", **options: Any) -> Client:
        """Return a browser in which somebody of this role is signed in."""
        client = Client(**options)
        client.force_login(self.people[role], BACKEND)
        return client


def build_world(mark: str, *, url: str = "http://127.0.0.1:47999/hook") -> World:
    """Make an organization whose every text holds the mark."""
    organization = factories.make_organization(name=f"Company {mark}")
    network = factories.make_network(organization=organization, label=f"Net {mark}")
    world = World(organization=organization, mark=mark, network=network)
    fill_world(world, url=url)
    world.rows |= {Organization: organization, Network: network}
    return world


def post_status(receiver: Receiver, **headers: str) -> Receipt:
    """Post a status as a sender from afar and return the receipt."""
    Client(REMOTE_ADDR="198.51.100.7").post(
        f"/api/webhooks/incoming/{receiver.token}",
        '{"status": "down"}',
        content_type="application/json",
        headers=headers,
    )
    return Receipt.objects.filter(receiver=receiver).latest("id")
