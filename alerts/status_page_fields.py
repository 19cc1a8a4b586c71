"""The form field for what stands on a status page: services, in order, with words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from alerts.status_page.datatypes import ComponentSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alerts.models import Service, StatusPageComponent

TEXTS = ("name", "group", "description")
LENGTHS = {"name": 200, "group": 100, "description": 500}
#: So many services are seen at once; of more, those not shown are folded by group.
FEW = 12


class ComponentsWidget(forms.Widget):
    """A row for each service: whether it is shown, where, and under which words."""

    template_name = "status_page/components_widget.html"
    services: Iterable[Service] = ()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Put the shown ones first, in their order, and the others by name."""
        context = super().get_context(name, value, attrs)
        given: dict[str, dict[str, Any]] = value or {}
        rows = [
            {"service": service, "prefix": f"{name}-{service.pk}"}
            | given.get(str(service.pk), {"uptime": True})
            for service in self.services
        ]
        rows.sort(key=lambda row: (not row.get("shown"), _read_position(row) or 0))
        for number, row in enumerate(rows, 1):
            row.setdefault("position", number)
        is_long = len(rows) > FEW
        parts = _fold(rows) if is_long else [{"rows": rows}] if rows else []
        more = {"parts": parts, "is_long": is_long, "lengths": LENGTHS}
        context["widget"] |= more
        return context

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> dict[str, dict[str, Any]]:
        """Return what was filled in, by the service's id; only of those shown."""
        found = {}
        for service in self.services:
            prefix = f"{name}-{service.pk}"
            if not data.get(prefix):
                continue
            row: dict[str, Any] = {
                text: data.get(f"{prefix}-{text}", "") for text in TEXTS
            }
            row["position"] = data.get(f"{prefix}-position", "")
            row["uptime"] = bool(data.get(f"{prefix}-uptime"))
            found[str(service.pk)] = row | {"shown": True}
        return found

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Say no: boxes that are not ticked are not sent."""
        return False

    def use_required_attribute(self, initial: Any) -> bool:
        """Say no: a page without services is one too."""
        return False


class ComponentsField(forms.Field):
    """What stands on a page; cleans to a list of `ComponentSpec` in their order."""

    widget = ComponentsWidget

    def set_services(self, services: Iterable[Service]) -> None:
        """Offer these services."""
        self.services = {str(service.pk): service for service in services}
        widget: Any = self.widget
        widget.services = list(self.services.values())

    def prepare_value(self, value: Any) -> Any:
        """Show stored components as rows; what was typed stays as it was typed."""
        if isinstance(value, list):
            return {str(row.service_id): _show(row) for row in value}
        return value

    def to_python(self, value: Any) -> list[ComponentSpec]:
        rows = list((value or {}).items())
        for service_id, row in rows:
            if row["position"] and _read_position(row) is None:
                name = self.services[service_id].name
                message = f"Write the position of {name} as a whole number, such as 1."
                raise forms.ValidationError(message)
        rows.sort(key=lambda each: _read_position(each[1]) or 0)
        return [
            ComponentSpec(
                service=self.services[service_id],
                shows_uptime=row["uptime"],
                **{text: row[text].strip() for text in TEXTS},
            )
            for service_id, row in rows
        ]

    def validate(self, value: Any) -> None:
        """Take a page without services too."""


def _fold(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what is shown into one part, and the others into one for each group."""
    parts: dict[str, list[dict[str, Any]]] = {}
    shown = [row for row in rows if row.get("shown")]
    for row in rows:
        if not row.get("shown"):
            parts.setdefault(row["service"].group, []).append(row)
    folded = [
        {"title": group or "Without a group", "rows": parts[group], "is_open": False}
        # Those without a group come last.
        for group in sorted(parts, key=lambda group: (not group, group.lower()))
    ]
    first = {"title": "On the page", "rows": shown, "is_open": True}
    return [first, *folded] if shown else folded


def _show(row: StatusPageComponent) -> dict[str, Any]:
    texts = {text: getattr(row, text) for text in TEXTS}
    return texts | {
        "shown": True,
        "uptime": row.shows_uptime,
        "position": row.position + 1,
    }


def _read_position(row: Mapping[str, Any]) -> int | None:
    text = str(row.get("position", "")).strip()
    return int(text) if text.isdecimal() and len(text) <= 6 else None
