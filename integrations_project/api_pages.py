"""What the REST API shows beside its resources: index, schema, reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from integrations_project.lib.api import PROBLEM_TYPE, build_problem

NOT_FOUND = "There is nothing at this address; /api/v1/docs/ lists what there is."


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, as JSON unless YAML is asked for."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]


class ReferenceView(SpectacularSwaggerSplitView):
    """The schema to read and to try out, without inline script or style."""


def build_index(names: Iterable[str]) -> Callable[[HttpRequest], JsonResponse]:
    """Return the view that says what is here."""
    known = tuple(names)

    @csrf_exempt
    @login_not_required
    def index(request: HttpRequest) -> JsonResponse:
        base = request.build_absolute_uri("/api/v1/")
        return JsonResponse(
            {
                "name": "Signalpost",
                "version": 1,
                "docs": f"{base}docs/",
                "schema": f"{base}schema/",
                "resources": {name: f"{base}{name}" for name in known},
            }
        )

    return index


@csrf_exempt
@login_not_required
def not_found(request: HttpRequest) -> JsonResponse:
    """Answer for an address that does not exist."""
    problem = build_problem(404, NOT_FOUND, "not_found")
    return JsonResponse(problem, status=404, content_type=PROBLEM_TYPE)
