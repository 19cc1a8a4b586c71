"""Health, for process managers and load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.views.decorators.cache import never_cache

from integrations_project.supervisor.readiness import list_reasons

if TYPE_CHECKING:
    from django.http import HttpRequest


@never_cache
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """Say that this process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether requests and deliveries work, and if not, why."""
    reasons = list_reasons()
    if not reasons:
        return JsonResponse({"status": "ok"})
    response = JsonResponse({"status": "unavailable", "reasons": reasons}, status=503)
    # Asked every second by some; Django would log an error each time.
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own flag
    return response
