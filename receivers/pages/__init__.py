"""The pages of receivers and receipts."""

from __future__ import annotations

from receivers.pages.editing import receiver_add, receiver_form
from receivers.pages.mapping import (
    receiver_mapping,
    receiver_mapping_export,
    receiver_mapping_import,
)
from receivers.pages.receipts import (
    receipt_detail,
    receipt_list,
    receipt_replay,
    receipt_replay_chosen,
    receipt_sample,
    receipt_wipe,
)
from receivers.pages.receivers import (
    receiver_delete,
    receiver_detail,
    receiver_list,
    receiver_receipts,
    receiver_rotate,
    receiver_toggle,
)

__all__ = [
    "receipt_detail",
    "receipt_list",
    "receipt_replay",
    "receipt_replay_chosen",
    "receipt_sample",
    "receipt_wipe",
    "receiver_add",
    "receiver_delete",
    "receiver_detail",
    "receiver_form",
    "receiver_list",
    "receiver_mapping",
    "receiver_mapping_export",
    "receiver_mapping_import",
    "receiver_receipts",
    "receiver_rotate",
    "receiver_toggle",
]
