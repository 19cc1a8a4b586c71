"""The forms of receivers, for the dashboard and the admin."""

from __future__ import annotations

from receivers.forms.mapping import MappingForm
from receivers.forms.new_receiver import NewReceiverForm
from receivers.forms.receiver import ReceiverForm, list_senders

__all__ = ["MappingForm", "NewReceiverForm", "ReceiverForm", "list_senders"]
