"""The form of how long runs are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from monitors.models import Retention

if TYPE_CHECKING:
    from accounts.permissions import Access


class RetentionForm(forms.ModelForm[Retention]):
    """Days for runs that found nothing new, and for those that found a change."""

    class Meta:
        model = Retention
        fields = ("run_days", "change_days")
        labels = {
            "run_days": "Days for runs without a change",
            "change_days": "Days for runs with a change",
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        if self.instance._state.adding:
            self.instance.organization = access.organization
