"""Addresses of the pages of `monitors`; the public client's are in `client_api`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from monitors.views import (
    changes,
    monitor_forms,
    monitors,
    retention,
    runs,
    strategies,
    telling,
)

app_name = "monitors"

one_monitor_patterns = [
    path("", monitors.monitor_detail, name="monitor-detail"),
    path("edit/", monitor_forms.monitor_form, name="monitor-edit"),
    path("preview/", monitor_forms.monitor_preview, name="monitor-preview"),
    path("timing/", monitor_forms.monitor_timing, name="monitor-timing"),
    path("run/", monitors.monitor_run, name="monitor-run"),
    path("toggle/", monitors.monitor_toggle, name="monitor-toggle"),
    path("changes/", changes.monitor_changes, name="monitor-changes"),
    path("changelog/", changes.monitor_changelog, name="monitor-changelog"),
    path("secret/", telling.monitor_secret, name="monitor-secret"),
    path("verify/", telling.monitor_verify, name="monitor-verify"),
    path("delete/", monitors.monitor_delete, name="monitor-delete"),
]
run_patterns = [
    path("", runs.run_list, name="run-list"),
    path("retention/", retention.run_retention, name="run-retention"),
    path("<uuid:run_id>/", runs.run_detail, name="run-detail"),
    path("<uuid:run_id>/results.json", runs.run_results, name="run-results"),
    path("<uuid:run_id>/diff/", runs.run_diff, name="run-diff"),
]
one_strategy_patterns = [
    path("", strategies.strategy_form, name="strategy-detail"),
    path("preview/", strategies.strategy_preview, name="strategy-preview"),
    path("delete/", strategies.strategy_delete, name="strategy-delete"),
]
strategy_patterns: list[URLPattern | URLResolver] = [
    path("", strategies.strategy_list, name="strategy-list"),
    path("add/", strategies.strategy_form, name="strategy-add"),
    path("preview/", strategies.strategy_preview, name="strategy-preview-unsaved"),
    path("<uuid:strategy_id>/", include(one_strategy_patterns)),
]
monitor_patterns: list[URLPattern | URLResolver] = [
    path("", monitors.monitor_list, name="monitor-list"),
    path("add/", monitor_forms.monitor_form, name="monitor-add"),
    path("preview/", monitor_forms.monitor_preview, name="monitor-preview-unsaved"),
    path("timing/", monitor_forms.monitor_timing, name="monitor-timing-unsaved"),
    path("runs/", include(run_patterns)),
    path("strategies/", include(strategy_patterns)),
    path("<uuid:monitor_id>/", include(one_monitor_patterns)),
]
urlpatterns = [path("monitors/", include(monitor_patterns))]
