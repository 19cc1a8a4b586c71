"""Write what a form holds, by the actions; what they refuse is said at its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from monitors.actions import schedules, strategies

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django import forms

    from monitors.forms import MonitorForm, StrategyForm
    from monitors.models import Schedule, Strategy


def save_monitor(form: MonitorForm, *, now: datetime) -> tuple[Schedule, str | None]:
    """Make or change a monitor, and the strategy that is its own.

    Returns:
        The monitor, and a secret that was made for its webhook, to be shown once.

    Raises:
        ValidationError: By the names of the form's fields; nothing was written.
    """
    access, monitor = form.access, form.instance
    try:
        with transaction.atomic():
            strategy = _settle_strategy(form, now=now)
            values = form.read_values()
            if monitor._state.adding:
                return schedules.create_schedule(
                    access.organization,
                    strategy=strategy,
                    values=values,
                    actor=access.actor,
                    now=now,
                )
            monitor.strategy = strategy
            return schedules.change_schedule(
                monitor, values=values, actor=access.actor, now=now
            )
    except ValidationError as error:
        raise name_errors(error, form, form.SHOWN_AT) from error


def save_strategy(form: StrategyForm, *, now: datetime) -> Strategy:
    """Make or change a strategy.

    Raises:
        ValidationError: By the names of the form's fields; nothing was written.
    """
    try:
        return _write(form, form.instance, form.read_values(), now=now)
    except ValidationError as error:
        raise name_errors(error, form, form.SHOWN_AT) from error


def name_errors(
    error: ValidationError, form: forms.BaseForm, shown_at: Mapping[str, str]
) -> ValidationError:
    """Return what an action refused by the names of a form's fields."""
    if not hasattr(error, "error_dict"):
        return error
    named: dict[str, list[str]] = {}
    for column, sentences in error.message_dict.items():
        name = shown_at.get(column, column)
        if name not in form.fields:
            name = NON_FIELD_ERRORS
        named.setdefault(name, []).extend(sentences)
    return ValidationError(named)


def _settle_strategy(form: MonitorForm, *, now: datetime) -> Strategy:
    """Return the strategy that the form chooses, changes or makes."""
    chosen: Strategy | None = form.cleaned_data.get("strategy")
    if chosen is not None:
        return chosen
    return _write(form, form.own_strategy, form.read_strategy(), now=now)


def _write(
    form: MonitorForm | StrategyForm,
    strategy: Strategy | None,
    values: Mapping[str, object],
    *,
    now: datetime,
) -> Strategy:
    access = form.access
    if strategy is None or strategy._state.adding:
        return strategies.create_strategy(
            access.organization, values=values, actor=access.actor, now=now
        )
    return strategies.change_strategy(
        strategy, values=values, actor=access.actor, now=now
    )
