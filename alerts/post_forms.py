"""Forms of posts on a status page and of their templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from alerts.actions import fill_template, find_post_errors, find_template_errors
from alerts.models import (
    Incident,
    PostTemplate,
    StatusPage,
    StatusPageComponent,
    StatusPost,
    Window,
)
from alerts.status_page.places import PLACES

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.permissions import Access

#: More in one list helps nobody.
MAX_CHOICES = 50


class EditPostForm(forms.ModelForm[StatusPost]):
    """What may be corrected of a post."""

    class Meta:
        model = StatusPost
        fields = ("title", "state", "message")
        widgets = {"message": forms.Textarea(attrs={"rows": 4})}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own step, not in stubs
        if self.errors:
            return
        for name, errors in find_post_errors(self.instance).items():
            self.add_error(
                name if name in self.fields else None, ValidationError(errors)
            )


class PostForm(EditPostForm):
    """A post: about an incident, about maintenance, or a notice of its own."""

    title = forms.CharField(
        required=False,
        max_length=200,
        help_text="Empty takes that of the incident or the maintenance.",
    )
    incident = forms.ModelChoiceField(
        Incident.objects.none(), required=False, empty_label="None"
    )
    window = forms.ModelChoiceField(
        Window.objects.none(),
        required=False,
        empty_label="None",
        label="Maintenance",
    )
    components = forms.ModelMultipleChoiceField(
        StatusPageComponent.objects.none(),
        required=False,
        label="Services",
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked takes those of the incident or the maintenance.",
    )
    template = forms.ModelChoiceField(
        PostTemplate.objects.none(),
        required=False,
        empty_label="None",
        help_text="Fill in puts its words below.",
    )

    def __init__(self, *args: Any, page: StatusPage, access: Access, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.instance.page = page
        incidents = access.rows(Incident).order_by("-opened_at")
        open_first = Q(status=Incident.Status.OPENED)
        ids = incidents.filter(open_first).values_list("pk", flat=True)[:MAX_CHOICES]
        recent = incidents.values_list("pk", flat=True)[:MAX_CHOICES]
        self._offer("incident", incidents.filter(pk__in={*ids, *recent}))
        windows = access.rows(Window).filter(
            kind=Window.Kind.MAINTENANCE, cancelled_at=None
        )
        chosen = list(windows.values_list("pk", flat=True)[:MAX_CHOICES])
        self._offer("window", windows.filter(pk__in=chosen))
        rows = page.components.select_related("service").order_by("position", "pk")
        self._offer("components", rows)
        self._offer("template", access.rows(PostTemplate))

    @property
    def chosen_components(self) -> list[Any] | None:
        """What was ticked; None when nothing was."""
        return list(self.cleaned_data["components"]) or None

    def fill(self, *, now: datetime) -> dict[str, Any]:
        """Return what is in the form with the words of its template."""
        given = self.cleaned_data
        values = {name: given.get(name) for name in self.fields}
        if given.get("template"):
            components = list(given.get("components") or ())
            incident = given.get("incident")
            if incident and not components:
                affected = incident.affected.values("service")
                rows = self.instance.page.components.filter(service__in=affected)
                components = list(rows.select_related("service"))
            filled = fill_template(
                given["template"],
                self.instance.page,
                now=now,
                components=components,
                incident=incident,
                window=given.get("window"),
            )
            values |= filled._asdict()
        return values

    def _offer(self, name: str, rows: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = rows

    def _post_clean(self) -> None:
        for name in ("incident", "window"):
            setattr(self.instance, name, self.cleaned_data.get(name))
        subject = self.instance.incident or self.instance.window
        if subject and not self.cleaned_data.get("title"):
            self.cleaned_data["title"] = subject.title
        super()._post_clean()


class PostTemplateForm(forms.ModelForm[PostTemplate]):
    """Words prepared in calm times."""

    class Meta:
        model = PostTemplate
        fields = ("label", "title", "state", "message")
        widgets = {"message": forms.Textarea(attrs={"rows": 5})}
        labels = {"label": "Name"}
        help_texts = {"title": "Empty takes that of the incident or the maintenance."}
        error_messages = {"label": {"required": "Name it, such as “Outage”."}}

    places = PLACES

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own step, not in stubs
        if self.errors:
            return
        for name, errors in find_template_errors(self.instance).items():
            self.add_error(name, ValidationError(errors))
