"""Everything that can happen to webhooks, one function each."""

from __future__ import annotations

from webhooks.actions.deliveries import redeliver
from webhooks.actions.destinations import (
    delete_destination,
    disable_destination,
    enable_destination,
    save_destination,
)
from webhooks.actions.health import disable_by_itself
from webhooks.actions.holding import cancel_held, find_told, move_held
from webhooks.actions.known_alerts import (
    fill_sample,
    know_alerts_by,
    list_event_choices,
    list_known_alerts,
)
from webhooks.actions.notices import send_disabled_notice
from webhooks.actions.people import list_people_told
from webhooks.actions.publishing import publish, publish_all, route_by
from webhooks.actions.replay_runs import resume_replays, run_replay
from webhooks.actions.replays import cancel_replay, start_replay
from webhooks.actions.secrets import clear_foreign_secrets, rotate_secret
from webhooks.actions.sharing import (
    find_shared_url_error,
    require_made_by_people,
    retire_destination,
    share_destination,
)
from webhooks.actions.verifying import verify_destination
from webhooks.formats import find_uncarried_type

__all__ = [
    "cancel_held",
    "cancel_replay",
    "clear_foreign_secrets",
    "delete_destination",
    "disable_by_itself",
    "disable_destination",
    "enable_destination",
    "fill_sample",
    "find_shared_url_error",
    "find_told",
    "find_uncarried_type",
    "know_alerts_by",
    "list_event_choices",
    "list_known_alerts",
    "list_people_told",
    "move_held",
    "publish",
    "publish_all",
    "redeliver",
    "require_made_by_people",
    "resume_replays",
    "retire_destination",
    "rotate_secret",
    "route_by",
    "run_replay",
    "save_destination",
    "send_disabled_notice",
    "share_destination",
    "start_replay",
    "verify_destination",
]
