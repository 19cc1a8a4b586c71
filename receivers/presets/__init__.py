"""The senders that a receiver can be set to. To add one: a module, a line here.

CONTRIBUTING.md lists the steps: the module, its fixtures, its page in the docs.
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONValue
from receivers.exceptions import UnknownPreset
from receivers.presets import (
    alertmanager,
    azure,
    betterstack,
    bleemeo,
    datadog,
    gcp,
    github,
    grafana,
    healthchecks,
    metaplane,
    meter_content,
    meter_networks,
    nagios,
    openstatus,
    pagerduty,
    pagerduty_events,
    pingdom,
    sentry,
    signalpost,
    sns,
    statuspage,
    uptimekuma,
    uptimerobot,
    zabbix,
)
from receivers.presets.base import Headers, Preset, Shape

__all__ = ["DETECT", "Preset", "Shape", "detect", "get_preset", "list_presets"]

#: The value of a receiver's preset that recognises the sender of each post.
DETECT = "detect"

#: In the order in which they are asked: the more particular before the more general.
_MODULES = (
    github,
    pagerduty,
    pagerduty_events,
    sentry,
    grafana,
    alertmanager,
    statuspage,
    betterstack,
    openstatus,
    azure,
    gcp,
    datadog,
    uptimekuma,
    uptimerobot,
    pingdom,
    healthchecks,
    bleemeo,
    metaplane,
    meter_networks,
    meter_content,
    nagios,
    zabbix,
    sns,
    signalpost,
)
_PRESETS: dict[str, Preset] = {each.PRESET.name: each.PRESET for each in _MODULES}


def list_presets() -> list[Preset]:
    """Return every preset by label."""
    return sorted(_PRESETS.values(), key=lambda preset: preset.label.lower())


def get_preset(name: str) -> Preset:
    """Return the preset with this name.

    Raises:
        UnknownPreset: The message lists the names that there are.
    """
    try:
        return _PRESETS[name]
    except (KeyError, TypeError):
        known = ", ".join(sorted(_PRESETS))
        message = f"There is no preset {name!r:.60}; choose detect or one of: {known}."
        raise UnknownPreset(message) from None


def detect(body: JSONValue, headers: Headers) -> Preset | None:
    """Return the preset of the sender that a body surely comes from, or None."""
    return next((p for p in _PRESETS.values() if p.is_sender_of(body, headers)), None)
