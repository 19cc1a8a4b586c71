"""What an operator does to an incident that needs a word, a person or a choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.admin.base import actor_of
from alerts import actions
from alerts.exceptions import AlertsError
from alerts.forms import IncidentEditForm, IncidentUpdateForm
from alerts.incident_forms import (
    JoinForm,
    MergeForm,
    NormalForm,
    OwnerForm,
    PostMortemForm,
)
from alerts.models import Incident
from integrations_project.lib.admin import ReadOnlyAdmin, button

if TYPE_CHECKING:
    Known = dict[str, Any]

GIVEN = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """One thing to do: what is asked for it, and the action that does it."""

    title: str
    build: Callable[[Incident, Any], forms.BaseForm]
    run: Callable[[Incident, dict[str, Any], Any], object]


def _edit(incident: Incident, given: dict[str, Any], known: Known) -> object:
    fresh = Incident.objects.select_related("organization").get(pk=incident.pk)
    return actions.edit_incident(fresh, **given, **known)


_ACTS = {
    "edit": _Act(
        title="Edit",
        build=lambda incident, data: IncidentEditForm(data, instance=incident),
        run=_edit,
    ),
    "post_update": _Act(
        title="Post update",
        build=lambda _, data: IncidentUpdateForm(data),
        run=lambda i, given, known: actions.post_incident_update(i, **given, **known),
    ),
    "assign": _Act(
        title="Assign",
        build=lambda incident, data: OwnerForm(
            data,
            organization=incident.organization,
            initial={"owner": incident.owner},
        ),
        run=lambda i, given, known: actions.assign_incident(i, **given, **known),
    ),
    "join": _Act(
        title="Add services",
        build=lambda incident, data: JoinForm(data, incident=incident),
        run=lambda i, given, known: actions.link_service(
            i, list(given["services"]), **known
        ),
    ),
    "mark_normal": _Act(
        title="Mark services as normal",
        build=lambda incident, data: NormalForm(data, incident=incident),
        run=lambda i, given, known: actions.unlink_service(
            i, list(given["services"]) or None, **known
        ),
    ),
    "merge": _Act(
        title="Merge",
        build=lambda incident, data: MergeForm(data, incident=incident),
        run=lambda i, given, known: actions.merge_incidents(
            i, list(given["incidents"]), **known
        ),
    ),
    "write_post_mortem": _Act(
        title="Post-mortem",
        build=lambda incident, data: PostMortemForm(
            data, initial={"post_mortem": incident.post_mortem}
        ),
        run=lambda i, given, known: actions.write_post_mortem(
            i, text=given["post_mortem"], **known
        ),
    ),
}
#: What can still be done when it is over.
AFTERWARDS = ("edit", "post_update", "assign", "write_post_mortem")


def _button(name: str, description: str) -> Any:
    """Make a button that asks on a page of its own, and acts when it was answered."""

    def press(
        self: IncidentActs, request: HttpRequest, obj: Incident
    ) -> HttpResponse | None:
        return self.act(request, obj, name)

    press.__name__ = name
    return button(
        label=_ACTS[name].title,
        description=description,
    )(press)


class IncidentActs(ReadOnlyAdmin[Incident]):
    """The buttons that ask for something first."""

    edit = _button("edit", "Correct the title, the severity or the labels")
    post_update = _button("post_update", "Say what people should know")
    assign = _button("assign", "Say who sees to it")
    join = _button("join", "Name services that are affected too")
    mark_normal = _button("mark_normal", "Say that services are normal again")
    merge = _button("merge", "Let it go on in the place of others")
    write_post_mortem = _button("write_post_mortem", "What happened, and what follows")

    def act(
        self, request: HttpRequest, obj: Incident, name: str
    ) -> HttpResponse | None:
        """Ask for what an act needs, then do it."""
        chosen = _ACTS[name]
        is_given = GIVEN in request.POST
        form = chosen.build(obj, request.POST if is_given else None)
        if not is_given or not form.is_valid():
            return self._ask(request, obj, form, chosen.title)
        known = {"actor": actor_of(request), "now": timezone.now()}
        try:
            changed = chosen.run(obj, form.cleaned_data, known)
        except ValidationError as error:
            form.add_error(None, error.messages)
            return self._ask(request, obj, form, chosen.title)
        except AlertsError as error:
            messages.error(request, error.message)
            return None
        said = "Nothing was changed." if changed is False else "It is done."
        messages.success(request, said)
        return None

    def _ask(
        self, request: HttpRequest, obj: Incident, form: forms.BaseForm, title: str
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{title}: {obj}",
            "opts": self.opts,
            "form": form,
            "incident": obj,
            "button": title,
            "given": GIVEN,
        }
        return TemplateResponse(request, "admin/alerts/incident/act.html", context)
