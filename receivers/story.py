"""A receipt told as steps: read, mapped, changed, incident, told whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alerts.models import Status
from receivers.exceptions import UnknownPreset
from receivers.presets import get_preset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from receivers.datatypes import ItemOutcome
    from receivers.models import Receipt, Receiver

Step = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldReceipt:
    """A receipt with what a list says of it."""

    receipt: Receipt
    did: str  # what it changed, or why it changed nothing
    sender: str  # what it was read as; "" for plain fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What one item of a body would do, in the words of the page and of the API."""

    outcome: ItemOutcome
    change: str  # what would become of the service; "" when nothing would
    more: str  # why, why not, and what else

    @property
    def text(self) -> str:
        """Everything as one line."""
        item = self.outcome
        at = f" at {item.where}" if item.where else ""
        read = f"Read {item.raw_status}{at}" if item.raw_status else ""
        parts = (read, item.status or "", self.change)
        line = " → ".join(part for part in parts if part)
        return ". ".join(part for part in (line, self.more) if part)


def tell_foreseen(item: ItemOutcome) -> Foreseen:
    """Return what an item would do, in words."""
    change, more = "", item.detail
    if item.result == "processed":
        stays = item.reason == "held_by_other" or item.previous_status == item.status
        becomes = f"{item.previous_status} → {item.status}"
        change = f"stays {item.previous_status}" if stays else becomes
        change = f"{item.service}: {change}"
    elif item.result == "ignored" and item.reason != "unmapped":
        whose = f" for {item.service}" if item.service else ""
        more = f"Nothing would change{whose}. {item.detail}".strip()
    return Foreseen(outcome=item, change=change, more=more)


def tell_count(count: int, noun: str) -> str:
    """Return a number and its noun: "1 receipt", "1,240 receipts"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def list_losses(receiver: Receiver) -> list[str]:
    """Return what is gone when a receiver is deleted."""
    return [
        tell_count(receiver.receipts.count(), "receipt"),
        "Its URL: senders get a 404",
        "What it says of services: they show what others say",
    ]


def tell_all(receipts: Sequence[Receipt]) -> list[ToldReceipt]:
    """Return receipts with what a list says of each."""
    return [
        ToldReceipt(
            receipt=receipt,
            did=tell_effect(receipt),
            sender=find_sender_label(receipt),
        )
        for receipt in receipts
    ]


def find_sender_label(receipt: Receipt) -> str:
    """Return the sender that a body was read as; empty for plain fields."""
    try:
        return get_preset(receipt.preset).label if receipt.preset else ""
    except UnknownPreset:
        return receipt.preset


def find_where(receipt: Receipt) -> str:
    """Return the path that the shown status was read at; empty when it is unknown."""
    items = [item for item in receipt.items or () if isinstance(item, dict)]
    alike = (i for i in items if i.get("raw_status") == receipt.raw_status)
    return str(next(alike, {}).get("where") or "")


def tell_effect(receipt: Receipt) -> str:
    """Return what a receipt changed, or exactly why it changed nothing."""
    if receipt.result != "processed":
        return receipt.detail or "Nothing changed."
    count = len(receipt.items or ())
    if count > 1:
        done = sum(item.get("result") == "processed" for item in receipt.items)
        return f"{done} of {count} items changed something."
    stays = receipt.previous_status == receipt.status and receipt.detail
    text = "" if stays else _tell_change(receipt)
    if receipt.incident is not None:
        text += f" Incident #{receipt.incident.number}."
    return f"{receipt.detail} {text}".strip()


def _tell_change(receipt: Receipt) -> str:
    name = receipt.service.name if receipt.service else "The service"
    before, after = receipt.previous_status, receipt.status
    if not before or before == after:
        return f"{name} stays {_word(after)}."
    return f"{name}: {_word(before)} → {_word(after)}."


def explain(receipt: Receipt) -> str:
    """Return the whole of a receipt in words: read, where, meant, did."""
    if not receipt.raw_status:
        return tell_effect(receipt)
    where = find_where(receipt)
    read = f"Read “{receipt.raw_status}”" + (f" at {where}" if where else "")
    sender = find_sender_label(receipt)
    read += f" of a post by {sender}" if sender else ""
    meant = f", which means {_word(receipt.status)}" if receipt.status else ""
    return f"{read}{meant}. {tell_effect(receipt)}"


def _word(status: str) -> str:
    return Status(status).label.lower() if status in Status.values else status


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
        return _step("Read", "failed", "Not read: the sender was refused")
    if receipt.raw_status:
        where = find_where(receipt)
        at = f" at {where}" if where else ""
        return _step("Read", "done", f"“{receipt.raw_status}”{at}")
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
