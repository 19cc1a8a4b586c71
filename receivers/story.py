"""A receipt told as steps: read, mapped, changed, incident, told whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alerts.models import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receivers.models import Receipt

Step = dict[str, str]


def build_steps(receipt: Receipt, *, told: Sequence[str]) -> list[Step]:
    """Return the five steps of a receipt, for the component that draws them.

    Args:
        receipt: With its service and incident.
        told: Labels of the webhooks that its events went to.
    """
    return [
        _read(receipt),
        _mapped(receipt),
        _changed(receipt),
        _incident(receipt),
        _told(receipt, told),
    ]


def _step(label: str, state: str, text: str, url: str = "") -> Step:
    return {"label": label, "state": state, "text": text, "url": url}


def _read(receipt: Receipt) -> Step:
    if receipt.result == "auth_failed":
        return _step("Read", "failed", "Not read: the signature was refused")
    if receipt.raw_status:
        return _step("Read", "done", f"“{receipt.raw_status}”")
    if receipt.result == "failed":
        return _step("Read", "failed", "No status could be read")
    if receipt.items and len(receipt.items) > 1:
        return _step("Read", "done", f"{len(receipt.items)} items")
    return _step("Read", "stopped", "Nothing")


def _mapped(receipt: Receipt) -> Step:
    if receipt.status:
        return _step("Mapped", "done", Status(receipt.status).label)
    if receipt.reason == "unmapped":
        return _step("Mapped", "stopped", "No table knows this value")
    return _step("Mapped", "none", "–")


def _changed(receipt: Receipt) -> Step:
    service = receipt.service
    url = service.get_absolute_url() if service else ""
    if receipt.result == "processed" and service and receipt.previous_status:
        before = Status(receipt.previous_status).label
        if receipt.previous_status == receipt.status:
            return _step(
                "Changed", "done", f"{service.name} stays {before.lower()}", url
            )
        after = Status(receipt.status).label if receipt.status else ""
        return _step("Changed", "done", f"{service.name}: {before} → {after}", url)
    if receipt.status:
        return _step("Changed", "stopped", receipt.detail or "Nothing changed", url)
    return _step("Changed", "none", "–")


def _incident(receipt: Receipt) -> Step:
    incident: Any = receipt.incident
    if incident is not None:
        text = f"#{incident.number} {incident.get_status_display().lower()}"
        return _step("Incident", "done", text, incident.get_absolute_url())
    return _step("Incident", "none", "None")


def _told(receipt: Receipt, told: Sequence[str]) -> Step:
    url = f"/traces/{receipt.trace}/"
    if told:
        more = f" and {len(told) - 3} more" if len(told) > 3 else ""
        return _step("Told", "done", ", ".join(told[:3]) + more, url)
    return _step("Told", "none", "Nobody")
