"""The least that Django on this server can do: the yardstick for receivers."""

from __future__ import annotations

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def hello(request: HttpRequest) -> HttpResponse:
    """Say hello."""
    return HttpResponse("Hello, world", headers={"Content-Length": "12"})


urlpatterns = [path("hello", hello)]
if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        MIDDLEWARE=[],
        ROOT_URLCONF=__name__,
        SECRET_KEY="not a secret",
    )
application = get_wsgi_application()
