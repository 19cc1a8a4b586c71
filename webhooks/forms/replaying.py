"""The form of a bulk replay: which deliveries, of which time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms

from webhooks.actions.replays import LONGEST_PERIOD

MISSED = "missed"
BETWEEN = "between"
#: What the window may say, and how long it is.
WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}
STATUSES = [
    ("failed", "Failed: given up"),
    ("skipped", "Skipped: not sent while it was disabled"),
    ("cancelled", "Cancelled"),
    ("delivered", "Delivered: send them once more"),
]


class MomentField(forms.DateTimeField):
    """A time in UTC, as a field of the type datetime-local sends it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        )
        kwargs.setdefault("widget", widget)
        kwargs.setdefault(
            "error_messages", {"invalid": "Enter a time such as 2026-11-21T14:05."}
        )
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        return None if moment is None else moment.replace(tzinfo=UTC)


class ReplayForm(forms.Form):
    """Cleans to `statuses`, `since` and `until`, as `start_replay` takes them."""

    window = forms.ChoiceField(
        label="Which time",
        widget=forms.RadioSelect,
        choices=[
            (MISSED, "Everything that was missed while it was disabled"),
            ("24h", "The last 24 hours"),
            ("7d", "The last 7 days"),
            (BETWEEN, "Between two times"),
        ],
        error_messages={
            "required": "Choose which time.",
            "invalid_choice": "Choose one of the times in the list.",
        },
    )
    since = MomentField(label="From (UTC)")
    until = MomentField(label="Until (UTC)", help_text="Empty is now.")
    statuses = forms.MultipleChoiceField(
        label="Which deliveries",
        required=False,
        choices=STATUSES,
        widget=forms.CheckboxSelectMultiple,
        initial=["failed", "skipped"],
        error_messages={"invalid_choice": "Choose from failed, skipped, cancelled…"},
    )

    def __init__(self, *args: Any, now: datetime, has_missed: bool, **kwargs: Any):
        """Make the form; `has_missed` says whether something was skipped."""
        self.now = now
        super().__init__(*args, **kwargs)
        self.fields["window"].initial = MISSED if has_missed else "24h"

    def clean(self) -> dict[str, Any]:
        """Turn the chosen window into its two times."""
        cleaned = super().clean() or {}
        window = cleaned.get("window")
        if window in WINDOWS:
            cleaned |= {"since": self.now - WINDOWS[window], "until": self.now}
        elif window == MISSED:
            since = self.now - LONGEST_PERIOD
            cleaned |= {"since": since, "until": self.now, "statuses": ["skipped"]}
        elif window == BETWEEN and "since" in cleaned and not cleaned["since"]:
            self.add_error("since", "Enter when it begins, such as 2026-11-21T14:05.")
        if window and not cleaned.get("statuses") and "statuses" not in self.errors:
            self.add_error("statuses", "Choose at least one kind of delivery.")
        return cleaned
