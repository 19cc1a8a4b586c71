"""Django settings: every environment variable is read here, once, typed.

`docs/settings.md` and `.env.example` list exactly these names.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

# Forms and admin classes name their model in their types, as in ModelForm[Network].
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"


class Environment(environ.Env):  # type: ignore[misc]  # the library has no types
    """Reads settings; a value of the wrong kind is said in a sentence."""

    def get_value(self, var: str, *args: object, **kwargs: object) -> object:
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError as error:
            given = os.environ.get(var, "")
            message = f"{var} has a value that cannot be read: {given[:50]!r}."
            raise ImproperlyConfigured(message) from error


env = Environment()
Environment.read_env(BASE_DIR / ".env")

# Keys
HOW_TO_MAKE_KEYS = (
    "Run `make run` once, which writes them to .env, or make them by hand: "
    'SECRET_KEY with `python -c "import secrets; print(secrets.token_urlsafe(50))"`, '
    'ENCRYPTION_KEYS with `python -c "from cryptography.fernet import Fernet; '
    'print(Fernet.generate_key().decode())"`.'
)
SECRET_KEY = env.str("SECRET_KEY", default="")
ENCRYPTION_KEYS = [key for key in env.list("ENCRYPTION_KEYS", default=[]) if key]
if not SECRET_KEY or not ENCRYPTION_KEYS:
    missing = [
        name
        for name, value in (
            ("SECRET_KEY", SECRET_KEY),
            ("ENCRYPTION_KEYS", ENCRYPTION_KEYS),
        )
        if not value
    ]
    raise ImproperlyConfigured(
        f"{' and '.join(missing)} must be set. {HOW_TO_MAKE_KEYS}"
    )
try:
    for _key in ENCRYPTION_KEYS:
        Fernet(_key)
except ValueError as error:
    raise ImproperlyConfigured(
        f"ENCRYPTION_KEYS must be Fernet keys, separated by commas. {HOW_TO_MAKE_KEYS}"
    ) from error

# Site
DEBUG = env.bool("DEBUG", default=False)
PORT = env.int("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
_site = urlsplit(SITE_URL)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=sorted({_site.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"}),
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
#: How many proxies of ours stand in front; 0 takes the peer's address as it is.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# First administrator
ADMIN_EMAIL = env.str("ADMIN_EMAIL", default="admin@example.com")
ADMIN_PASSWORD = env.str("ADMIN_PASSWORD", default="")

# Deliveries
DELIVERY_ALLOW_HTTP = env.bool("DELIVERY_ALLOW_HTTP", default=False)
try:
    DELIVERY_ALLOWED_NETWORKS = tuple(
        ipaddress.ip_network(text.strip())
        for text in env.list("DELIVERY_ALLOWED_NETWORKS", default=[])
        if text.strip()
    )
except ValueError as error:
    raise ImproperlyConfigured(
        "DELIVERY_ALLOWED_NETWORKS must be a comma-separated list of networks "
        f"such as 10.1.0.0/16: {error}."
    ) from error

# Monitors
#: Between two fetches from one host; robots.txt may ask for more.
MONITOR_HOST_DISTANCE_SECONDS = env.float("MONITOR_HOST_DISTANCE_SECONDS", default=1.0)

# Receivers
RECEIVER_MAX_BODY_BYTES = env.int("RECEIVER_MAX_BODY_BYTES", default=1024 * 1024)
RECEIVER_RATE_PER_MINUTE = env.int("RECEIVER_RATE_PER_MINUTE", default=600)
RECEIVER_RATE_PER_MINUTE_ORGANIZATION = env.int(
    "RECEIVER_RATE_PER_MINUTE_ORGANIZATION", default=6000
)
#: How many web processes share the posts; each takes its share of the two above.
WEB_PROCESSES = env.int("WEB_PROCESSES", default=1)

INSTALLED_APPS = [
    "integrations_project",
    "accounts",
    "webhooks",
    "alerts",
    "receivers",
    "monitors",
    "integrations_project.admin_config.SignalpostAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "django_htmx",
    "django_object_actions",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "integrations_project.middleware.HealthMiddleware",
    "integrations_project.middleware.KnownErrorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "integrations_project.middleware.NoStoreMiddleware",
    "csp.middleware.CSPMiddleware",
    "integrations_project.middleware.PlainAddressMiddleware",
    "alerts.middleware.VisitorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "integrations_project.urls"
WSGI_APPLICATION = "integrations_project.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.access",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database
DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
}
_database = DATABASES["default"]
_database.setdefault("OPTIONS", {})
_database["CONN_MAX_AGE"] = None
_database["CONN_HEALTH_CHECKS"] = True
if _database["ENGINE"].endswith("sqlite3"):
    # Measured: with these, no "database is locked" under concurrent load.
    _database["OPTIONS"] |= {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;"
        ),
    }
elif _database["ENGINE"].endswith("postgresql"):
    _database["OPTIONS"].setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Workers. The queue is only the doorbell: what must be sent is in the database.
BROKER_URL = env.str("BROKER_URL", default="")
#: Seconds after which a task is ended by force; above the pump's longest turn.
TASK_TIMEOUT_SECONDS = 60
MONITOR_TASK_TIMEOUT_SECONDS = 180
Q_CLUSTER = {
    "name": "default",
    "label": "Queue",
    "workers": 1,
    "timeout": TASK_TIMEOUT_SECONDS,
    "retry": 240,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.2,
    "save_limit": -1,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "recycle": 100_000,
    "ALT_CLUSTERS": {
        # One worker holds the resident pump, the other stands by for load.
        "deliveries": {"workers": 2, "queue_limit": 2, "poll": 0.02},
        # The same for the resident runner; what it began may take long to end.
        "monitors": {
            "workers": 2,
            "queue_limit": 2,
            "poll": 0.5,
            "timeout": MONITOR_TASK_TIMEOUT_SECONDS,
            "retry": 2 * MONITOR_TASK_TIMEOUT_SECONDS + 60,
        },
    },
}
if BROKER_URL.startswith(("redis://", "rediss://", "unix://")):
    Q_CLUSTER["redis"] = BROKER_URL
elif BROKER_URL.startswith("sqs://"):
    Q_CLUSTER["sqs"] = {"aws_region": urlsplit(BROKER_URL).hostname or ""}
elif BROKER_URL:
    raise ImproperlyConfigured(
        "BROKER_URL must be empty (the database), redis://… or sqs://<region>."
    )
else:
    Q_CLUSTER["orm"] = "default"

# Sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "accounts.middleware.client_address"
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_VERBOSE = False

# E-mail
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = EMAIL_CONFIG.get("EMAIL_FILE_PATH") or None
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = f"Signalpost <signalpost@{_site.hostname or 'localhost'}>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Language and time
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = ["integrations_project.formats"]

# Static files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Browser protection
_is_https = _site.scheme == "https"
SESSION_COOKIE_SECURE = _is_https
CSRF_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _is_https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
)
X_FRAME_OPTIONS = "DENY"
# Subdomains and preload lists are the domain owner's; redirects are the proxy's.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# REST API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["integrations_project.lib.api.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "integrations_project.lib.api.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "integrations_project.lib.api.problem_response",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Signalpost",
    "DESCRIPTION": "Status comes in, webhooks go out, everything between is visible.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ServiceStatusEnum": "alerts.models.Status",
        "IncidentStatusEnum": "alerts.models.Incident.Status",
        "IncidentSeverityEnum": "alerts.models.Incident.Severity",
        "DeliveryStatusEnum": "webhooks.models.Delivery.Status",
        "ReplayStatusEnum": "webhooks.models.Replay.Status",
        "StatusPostStateEnum": "alerts.models.StatusPost.State",
        "WebhookKindEnum": "webhooks.models.Destination.Kind",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "filters": {
        "redact_tokens": {"()": "integrations_project.lib.log_redaction.RedactTokens"},
        "escape_controls": {
            "()": "integrations_project.lib.log_redaction.EscapeControls"
        },
        "drop_refusal_traces": {
            "()": "integrations_project.lib.log_redaction.DropRefusalTraces"
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["redact_tokens", "escape_controls", "drop_refusal_traces"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "axes": {"level": "WARNING"},
    },
}
