"""What the operator's pages share: records to read, buttons that act, search by id."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_protect
from django_object_actions import DjangoObjectActions, action

from integrations_project.lib.exceptions import ProjectError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from django.db.models import Model, QuerySet
    from django.urls import URLPattern
    from django.utils.safestring import SafeString

ModelT = TypeVar("ModelT", bound=models.Model)
ButtonT = TypeVar("ButtonT", bound="Callable[..., Any]")

#: A list of records counts no further; filters and search lead to what is older.
ROWS_COUNTED = 10_000
#: Characters of a body or of JSON on a page.
TEXT_SHOWN = 16_384
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def button(*, label: str, description: str) -> Callable[[ButtonT], ButtonT]:
    """Make a method of an admin class a button on a row's page.

    It acts by POST, and those who operate the installation see it.

    Args:
        label: What stands on the button.
        description: What it does, for a mouse that rests on it.
    """
    decorate: Callable[[ButtonT], ButtonT] = action(
        label=label,
        description=description,
        permissions=("operate",),
        methods=("POST",),
        button_type="form",
    )
    return decorate


class CappedPaginator(Paginator[Any]):
    """Counts the first rows only, so that a long table costs no more than a short."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, models.QuerySet):
            return rows.order_by()[:ROWS_COUNTED].count()
        return len(rows)


class PasteSearch(admin.ModelAdmin[ModelT]):
    """Finds by what people paste: an id or a trace, alone or within an address."""

    #: Columns that hold a UUID, and columns that hold a whole number.
    search_ids: ClassVar[tuple[str, ...]] = ("pk",)
    search_numbers: ClassVar[tuple[str, ...]] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ModelT], search_term: str
    ) -> tuple[QuerySet[ModelT], bool]:
        """Look for an id exactly, for anything else as Django does."""
        words = search_term.replace("\x00", "").strip()
        row_id = find_uuid(words)
        if row_id and self.search_ids:
            return queryset.filter(_any(self.search_ids, row_id)), False
        if self.search_numbers and (number := _trailing_number(words)) is not None:
            return queryset.filter(_any(self.search_numbers, number)), False
        return super().get_search_results(request, queryset, words)


def find_uuid(words: str) -> UUID | None:
    """Return the first id in what somebody pasted, be it an address."""
    found = _UUID.search(words)
    return UUID(found[0]) if found else None


def _any(names: Iterable[str], value: object) -> Q:
    return Q.create([(name, value) for name in names], connector=Q.OR)


def _trailing_number(words: str) -> int | None:
    """Read ``42``, ``#42`` or an address that ends in ``/42/``."""
    match = re.fullmatch(r"(?:#|.*/)?(\d{1,18})/?", words)
    return int(match[1]) if match else None


class ObjectActions(DjangoObjectActions, admin.ModelAdmin[ModelT]):  # type: ignore[misc]  # untyped
    """Buttons above a row's page. They act by POST, on rows that are one's own.

    The library looks its rows up itself, without asking the admin whose they are;
    here it is the admin that finds them.
    """

    def _get_action_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_actions"
        self.tools_view_name = f"{self.admin_site.name}:{name}"
        view = self.admin_site.admin_view(csrf_protect(self.object_action_view))
        return [path("<path:pk>/actions/<slug:tool>/", view, name=name)]

    def object_action_view(
        self, request: HttpRequest, pk: str, tool: str
    ) -> HttpResponse:
        """Run one button's action and go back, unless it has a page to show."""
        if tool not in self.change_actions:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_object(request, unquote(pk))
        if row is None:
            raise Http404
        if tool not in self.get_change_actions(request, unquote(pk), ""):
            raise PermissionDenied
        response = getattr(self, tool)(request, row)
        return response or HttpResponseRedirect(change_url(row))

    def get_change_actions(
        self, request: HttpRequest, object_id: str, form_url: str
    ) -> list[str]:
        """Offer the buttons to those who may use them."""
        return [
            name
            for name in self.change_actions
            if self._may_use(request, getattr(self, name))
        ]

    def _may_use(self, request: HttpRequest, action: Callable[..., object]) -> bool:
        needed = getattr(action, "allowed_permissions", ())
        return all(getattr(self, f"has_{each}_permission")(request) for each in needed)


class ReadOnlyAdmin(PasteSearch[ModelT], ObjectActions[ModelT]):
    """Records: nobody adds, changes or deletes them here."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 200

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: ModelT | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ModelT | None = None
    ) -> bool:
        return False


class ForSuperusers(admin.ModelAdmin[ModelT]):
    """Belongs to the installation, not to an organization."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(
        self, request: HttpRequest, obj: ModelT | None = None
    ) -> bool:
        return is_superuser(request)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether the buttons and bulk actions are theirs."""
        return is_superuser(request)


def is_superuser(request: HttpRequest) -> bool:
    """Whether the whole installation is theirs to run."""
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


def run_each(
    request: HttpRequest,
    rows: Iterable[ModelT],
    act: Callable[[ModelT], object],
    *,
    done: str,
    unchanged: str = "nothing to change",
) -> None:
    """Do one thing to each row and say how it went: "3 sent again, 1 left: …".

    Args:
        request: Gets the message.
        rows: What was selected.
        act: One domain action; False says that there was nothing to do.
        done: What was done, in the past: "sent again".
        unchanged: Why a row is left when the action returned False.
    """
    left: Counter[str] = Counter()
    count = 0
    for row in rows:
        try:
            result = act(row)
        except ProjectError as error:
            left[error.message] += 1
            continue
        if result is False:
            left[unchanged] += 1
        else:
            count += 1
    parts = [f"{count} {done}"]
    parts += [f"{number} left: {reason}" for reason, number in left.items()]
    level = messages.SUCCESS if not left else messages.WARNING
    messages.add_message(request, level, ", ".join(parts).rstrip(".") + ".")


def change_url(row: Model) -> str:
    """Return the address of a row's page in the admin; empty when it has none."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    try:
        return reverse(name, args=[quote(str(row.pk))])
    except NoReverseMatch:
        return ""


def list_url(model: type[Model], query: str = "") -> str:
    """Return the address of a model's list in the admin."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{query}" if query else url


def link_to(row: Model | None, text: object = None) -> SafeString | str:
    """Draw a link to a row's page in the admin."""
    if row is None:
        return "–"
    return format_html('<a href="{}">{}</a>', change_url(row), text or row)


def draw_trace(trace: object, events: type[Model]) -> SafeString:
    """Draw a trace as a link to the events of the same happening."""
    return format_html('<a href="{}">{}</a>', list_url(events, f"q={trace}"), trace)


def draw_time(moment: datetime | None) -> str:
    """Say a moment to the second, as the house writes it; Django cuts the seconds."""
    return date_format(moment, "j M Y, H:i:s") + " UTC" if moment else "–"


def draw_pill(status: object, label: str = "") -> str:
    """Draw a status as colour, icon and word, as the dashboard does."""
    return render_to_string("admin/_pill.html", {"status": status, "label": label})


def draw_code(text: str, *, is_cut: bool = False) -> SafeString | str:
    """Draw a text as it is, cut at 16 KB."""
    if not text:
        return "–"
    is_cut = is_cut or len(text) > TEXT_SHOWN
    note = "\n… cut here" if is_cut else ""
    return format_html('<pre class="code">{}{}</pre>', text[:TEXT_SHOWN], note)


def draw_json(value: object) -> SafeString | str:
    """Draw JSON, a value or a text, indented and cut at 16 KB."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return draw_code(str(value))
    if value in (None, {}, []):
        return "–"
    return draw_code(json.dumps(value, indent=2, ensure_ascii=False))
