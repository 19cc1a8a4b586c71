"""The forms of webhooks: their settings, a new secret, a replay."""

from __future__ import annotations

from webhooks.forms.destination import DestinationForm
from webhooks.forms.replaying import ReplayForm
from webhooks.forms.rotating import RotateSecretForm

__all__ = ["DestinationForm", "ReplayForm", "RotateSecretForm"]
