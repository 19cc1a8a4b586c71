"""The base of every REST resource: rows of one organization, read and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework import mixins, viewsets
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.response import Response

from integrations_project.lib.api.filters import Filter, filter_rows
from integrations_project.lib.api.schema import ResourceSchema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import Model, QuerySet
    from rest_framework.parsers import BaseParser
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request


class AlwaysJson(BaseContentNegotiation):
    """Answers JSON whatever ``Accept`` says: there is nothing else."""

    def select_parser(
        self, request: Request, parsers: Iterable[BaseParser]
    ) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class Resource(viewsets.GenericViewSet[Any]):
    """Rows of the key's organization; a foreign id is simply not found."""

    model: ClassVar[type[Model]]
    filters: ClassVar[Mapping[str, Filter]] = {}
    #: Methods that wait for somebody else: no transaction is held around them.
    slow_actions: ClassVar[frozenset[str]] = frozenset()
    #: Methods of the view that need a key with the scope admin.
    admin_scope_actions: ClassVar[frozenset[str]] = frozenset()

    content_negotiation_class = AlwaysJson
    metadata_class = None
    schema = ResourceSchema()
    # Ids are judged where rows are found: a malformed one is not found either.
    lookup_value_regex = "[^/]+"

    @property
    def access(self) -> Any:  # accounts.permissions.Access; lib imports no app
        """What the key of this request may do."""
        return self.request.auth

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return self.select(self.access.rows(self.model))

    def select(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Load with the rows whatever their answer shows of others."""
        return rows

    def list_filters(self) -> Mapping[str, Filter]:
        """Return the query parameters that the list at hand takes."""
        return self.filters if self.action == "list" else {}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return filter_rows(queryset, self.list_filters(), self.request)

    def get_object(self) -> Any:
        return self.access.get(self.get_queryset(), self.kwargs["pk"])

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "access": self.request.auth}

    def require_networks(self, networks: Sequence[Any]) -> None:
        """Refuse networks that the key does not look after; none means every one."""
        if not self.access.may_edit_networks({network.pk for network in networks}):
            self.access.require_admin()

    def read_input(self, serializer: type[Any], **options: Any) -> Any:
        """Return a bound and valid serializer for this request's body."""
        bound = serializer(
            data=self.request.data, context=self.get_serializer_context(), **options
        )
        bound.is_valid(raise_exception=True)
        return bound

    def answer(self, row: Any, *, status: int = 200, **more: Any) -> Response:
        """Show a row as it is stored now.

        Args:
            row: The row that was read or changed.
            status: 201 for one that was made, 202 for work that was only begun.
            more: Fields that are shown this once, such as a new secret.
        """
        fresh = self.access.get(self.get_queryset(), row.pk)
        return Response(self.get_serializer(fresh).data | more, status=status)


class Readable(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """A resource that is listed and read."""


class Configurable(Readable):
    """A resource that is made, changed and removed through its app's actions."""

    def create(self, request: Request) -> Response:
        serializer = self.read_input(self.get_serializer_class())
        made, shown_once = self.make(serializer)
        return self.answer(made, status=201, **shown_once)

    def update(self, request: Request, pk: str) -> Response:
        return self._change(partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        return self._change(partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        self.access.require_edit(row)
        self.remove(row)
        return Response(status=204)

    def make(self, serializer: Any) -> tuple[Any, dict[str, Any]]:
        """Save a new row. Returns it, and what its answer shows this once."""
        raise NotImplementedError

    def save(self, serializer: Any) -> Any:
        """Save a changed row and return it."""
        raise NotImplementedError

    def show_once(self, serializer: Any) -> dict[str, Any]:
        """Return what the answer to a change shows this once."""
        return {}

    def remove(self, row: Any) -> None:
        """Delete a row."""
        raise NotImplementedError

    def _change(self, *, partial: bool) -> Response:
        row = self.get_object()
        self.access.require_edit(row)
        serializer = self.read_input(
            self.get_serializer_class(), instance=row, partial=partial
        )
        row = self.save(serializer)
        return self.answer(row, **self.show_once(serializer))
