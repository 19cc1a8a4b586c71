"""The form of a new signing secret."""

from __future__ import annotations

from django import forms


class RotateSecretForm(forms.Form):
    """How long the secret before goes on signing beside the new one."""

    overlap_hours = forms.TypedChoiceField(
        coerce=int,
        initial=24,
        label="The old secret",
        widget=forms.RadioSelect,
        choices=[
            (24, "signs too for 24 hours, so that the endpoint can change over"),
            (0, "ends now, with all before it; use this when it has leaked"),
        ],
        error_messages={
            "required": "Choose when the old secret ends.",
            "invalid_choice": "Choose 24 hours or now.",
        },
    )
