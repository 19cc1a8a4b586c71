"""Everything that can happen to receivers, one function each."""

from __future__ import annotations

from receivers.actions.deleting import delete_receiver, list_open_incidents
from receivers.actions.inbound import receive, turn_away
from receivers.actions.keeping import use_as_sample, wipe_receipt
from receivers.actions.overload import (
    find_overload,
    send_overload_notice,
    tell_of_overload,
)
from receivers.actions.replay import (
    check_replayable,
    find_replay_obstacle,
    preview,
    replay_receipt,
)
from receivers.actions.settings import (
    create_receiver,
    pause_receiver,
    resume_receiver,
    rotate_hmac_secret,
    rotate_token,
    save_receiver,
)
from receivers.actions.settling import sweep_verifying, verify_receipt
from receivers.actions.silence import watch_silence

__all__ = [
    "check_replayable",
    "create_receiver",
    "delete_receiver",
    "find_overload",
    "find_replay_obstacle",
    "list_open_incidents",
    "pause_receiver",
    "preview",
    "receive",
    "replay_receipt",
    "resume_receiver",
    "rotate_hmac_secret",
    "rotate_token",
    "save_receiver",
    "send_overload_notice",
    "sweep_verifying",
    "tell_of_overload",
    "turn_away",
    "use_as_sample",
    "verify_receipt",
    "watch_silence",
    "wipe_receipt",
]
