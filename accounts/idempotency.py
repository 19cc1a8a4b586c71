"""`Idempotency-Key`: a POST that is sent twice is done once.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from accounts.authentication import ApiKeyAuthentication
from accounts.models import ApiKey, IdempotentRequest
from integrations_project.lib.api import PROBLEM_TYPE, build_problem
from integrations_project.lib.api.parsing import MAX_BODY_BYTES
from integrations_project.lib.encryption import decrypt, encrypt

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
#: Longer than any request takes: who claimed the key so long ago has died.
ABANDONED = timedelta(seconds=90)
MAX_KEY_LENGTH = 255

BAD_KEY = f"Write 1 to {MAX_KEY_LENGTH} visible ASCII characters."
OTHER_REQUEST = (
    "This Idempotency-Key was used for another request; take a new key for a new "
    "request."
)
STILL_RUNNING = "The first request with this Idempotency-Key is still running."


def remember_answers(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an API view so that a repeated POST gets the first answer again.

    Only answers of success are remembered: what was refused did nothing, and may be
    mended and sent again with the same key. The answer is stored encrypted, in the
    transaction of what it tells of, so that there is never one without the other.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if request.method != "POST" or key is None or is_too_long(request):
            return view(request, *args, **kwargs)
        api_key = _find_api_key(request)
        if api_key is None:
            return view(request, *args, **kwargs)  # which answers 401
        if not is_usable_key(key):
            return _problem(400, BAD_KEY, "invalid", errors={HEADER: [BAD_KEY]})

        claim, is_ours = claim_key(api_key, key, _hash(request), now=timezone.now())
        if not is_ours:
            return replay(claim, _hash(request))
        return _run(lambda: view(request, *args, **kwargs), claim, _is_slow(view))

    return answer


def is_usable_key(key: str) -> bool:
    """Whether a key is short enough and has nothing in it that cannot be seen."""
    is_visible = key.isascii() and key.isprintable() and " " not in key
    return 0 < len(key) <= MAX_KEY_LENGTH and is_visible


def is_too_long(request: HttpRequest) -> bool:
    """Whether the view will refuse the body anyway, so that it need not be read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not str(length).isdigit() or int(length) > MAX_BODY_BYTES


def claim_key(
    api_key: ApiKey, key: str, request_hash: str, *, now: datetime
) -> tuple[IdempotentRequest, bool]:
    """Return the row of a key, and whether the request is ours to do."""
    mine = IdempotentRequest.objects.filter(api_key=api_key, key=key)
    mine.filter(created_at__lt=now - KEPT).delete()
    mine.filter(status_code=None, created_at__lt=now - ABANDONED).delete()
    claim = IdempotentRequest(
        api_key=api_key, key=key, request_hash=request_hash, created_at=now
    )
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError:
        found = mine.first()
        # It may have been given back in between; the client tries again.
        return found or claim, False
    return claim, True


def replay(claim: IdempotentRequest, request_hash: str) -> HttpResponse:
    """Return the stored answer, or why there is none for this request."""
    if claim.request_hash != request_hash:
        return _problem(422, OTHER_REQUEST, "idempotency_key_reused")
    if claim.status_code is None:
        running = _problem(409, STILL_RUNNING, "idempotency_key_running")
        running["Retry-After"] = "1"
        return running
    return HttpResponse(
        decrypt(claim.response),
        status=claim.status_code,
        content_type="application/json",
        headers={REPLAYED_HEADER: "true"},
    )


def _run(
    call: Callable[[], Any], claim: IdempotentRequest, is_slow: bool
) -> HttpResponse:
    is_kept = False
    try:
        if is_slow:
            response = _render(call())
            is_kept = _store(claim, response)
        else:
            with transaction.atomic():
                response = _render(call())
                is_kept = _store(claim, response)
                if not is_kept:
                    transaction.set_rollback(True)
    finally:
        if not is_kept:
            IdempotentRequest.objects.filter(pk=claim.pk, status_code=None).delete()
    return response


def _store(claim: IdempotentRequest, response: HttpResponse) -> bool:
    if not 200 <= response.status_code < 300:
        return False
    IdempotentRequest.objects.filter(pk=claim.pk).update(
        status_code=response.status_code,
        response=encrypt(response.content.decode()),
    )
    return True


def _render(response: Any) -> HttpResponse:
    rendered: HttpResponse = response.render()
    return rendered


def _is_slow(view: Any) -> bool:
    action = view.actions.get("post", "")
    return action in view.cls.slow_actions


def _find_api_key(request: Any) -> ApiKey | None:
    try:
        found = ApiKeyAuthentication().authenticate(request)
    except AuthenticationFailed:
        return None
    return found[1].api_key if found else None


def _hash(request: HttpRequest) -> str:
    path = request.path.rstrip("/")
    head = f"{request.method} {path}?{request.META.get('QUERY_STRING', '')}\n"
    return hashlib.sha256(head.encode() + request.body).hexdigest()


def _problem(
    status: int,
    detail: str,
    code: str,
    *,
    errors: dict[str, list[str]] | None = None,
) -> JsonResponse:
    problem = build_problem(status, detail, code, errors)
    return JsonResponse(problem, status=status, content_type=PROBLEM_TYPE)
