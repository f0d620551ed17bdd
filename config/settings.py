"""One settings file, driven by the environment. Every variable is listed in `.env.example`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.logging import logging_config

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

DEBUG = env.bool("DEBUG", default=False)


def _required(name: str, *, in_debug: str) -> str:
    """A secret that production must set itself; a fixed stand-in serves development only."""
    value: str = env.str(name, default="")
    if value:
        return value
    if not DEBUG:
        raise ImproperlyConfigured(f"{name} is not set. Production needs it; DEBUG=1 does without.")
    return in_debug


SECRET_KEY = _required("SECRET_KEY", in_debug="development-only-" + "x" * 50)
# Old keys still verify what they signed (buyers' links, sessions) while a new one takes over.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
FIELD_ENCRYPTION_KEYS = [
    key.strip()
    for key in _required(
        "FIELD_ENCRYPTION_KEYS", in_debug="ZGV2ZWxvcG1lbnQtb25seS1rZXktMzItYnl0ZXMtISE="
    ).split(",")
    if key.strip()
]

PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{env.str('PORT', default='8000')}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or [_public.hostname or "localhost"]
if DEBUG or ALLOWED_HOSTS[0] in ("localhost", "127.0.0.1"):
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[]) or [
    f"{_public.scheme}://{_public.netloc}"
]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_structlog",
    "import_export",
    "outbound",
    "stores",
    "invoicing",
    "jumpseller_sync",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def _database() -> dict[str, Any]:
    """SQLite under `var/` unless `DATABASE_URL` names a server.

    IMMEDIATE is what keeps SQLite from "database is locked": a transaction that begins as a reader
    cannot become a writer while another one writes. FULL makes a 200 mean durable.
    """
    url = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if config["ENGINE"] == "django.db.backends.sqlite3":
        Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
        config["TEST"] = {"NAME": str(Path(config["NAME"]).with_name("test.sqlite3"))}
    else:
        # A connection that a restart of the server broke is found out before it is used.
        config.setdefault("CONN_MAX_AGE", 60)
        config["CONN_HEALTH_CHECKS"] = True
    return config


DATABASES = {"default": _database()}

REDIS_URL = env.str("REDIS_URL", default="")
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "stores.auth.MembershipBackend",
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
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en"
LANGUAGES = [("pt", _("Portuguese")), ("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Lisbon"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"


def _document_storage() -> dict[str, Any]:
    """Where PDFs lie: a private folder, or an S3-compatible bucket by URL.

    `s3://KEY:SECRET@host[:port]/bucket?region=...`; `s3://KEY:SECRET@/bucket` is Amazon's own.
    """
    url = env.str("MEDIA_URL_STORAGE", default="")
    parts = urlsplit(url)
    if parts.scheme in ("s3", "s3+http"):
        endpoint = f"{'http' if parts.scheme == 's3+http' else 'https'}://{parts.hostname}"
        options = {
            "access_key": unquote(parts.username or ""),
            "secret_key": unquote(parts.password or ""),
            "bucket_name": parts.path.strip("/"),
            "endpoint_url": (endpoint + (f":{parts.port}" if parts.port else "")) if parts.hostname else None,
            "region_name": parse_qs(parts.query).get("region", [None])[0],
            "default_acl": "private",
            "querystring_auth": True,
            "file_overwrite": False,
        }
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    if parts.scheme not in ("", "file"):
        raise ImproperlyConfigured("MEDIA_URL_STORAGE must be a folder, file:///folder or s3://...")
    folder = Path(unquote(parts.path)) if url else VAR_DIR / "documents"
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(folder),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


STORAGES = {
    "default": _document_storage(),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25")
_email = environ.Env.email_url_config(EMAIL_URL)
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="faturas@localhost")

# --- vendors
JUMPSELLER_API_URL = env.str("JUMPSELLER_API_URL", default="https://api.jumpseller.com/v1").rstrip("/")
JUMPSELLER_ACCOUNTS_URL = env.str(
    "JUMPSELLER_ACCOUNTS_URL", default="https://accounts.jumpseller.com"
).rstrip("/")
JUMPSELLER_CLIENT_ID = env.str("JUMPSELLER_CLIENT_ID", default="")
JUMPSELLER_CLIENT_SECRET = env.str("JUMPSELLER_CLIENT_SECRET", default="")
INVOICEXPRESS_URL = env.str("INVOICEXPRESS_URL", default="https://{account}.app.invoicexpress.com").rstrip(
    "/"
)
VIES_URL = env.str("VIES_URL", default="https://ec.europa.eu/taxation_customs/vies/rest-api").rstrip("/")
INVOICEXPRESS_REQUESTS_PER_MINUTE = env.int("INVOICEXPRESS_REQUESTS_PER_MINUTE", default=100)
INVOICEXPRESS_INDEX_LAG_SECONDS = env.float("INVOICEXPRESS_INDEX_LAG_SECONDS", default=30)
HTTP_TIMEOUT_SECONDS = env.float("HTTP_TIMEOUT_SECONDS", default=30)
EMAIL_TIMEOUT = HTTP_TIMEOUT_SECONDS

# --- work
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=10)
LEASE_SECONDS = env.float("LEASE_SECONDS", default=120)
RETRY_FIRST_SECONDS = env.float("RETRY_FIRST_SECONDS", default=2)
RETRY_MAX_SECONDS = env.float("RETRY_MAX_SECONDS", default=21_600)
PROBE_SECONDS = env.float("PROBE_SECONDS", default=60)

BROKER_DIR = Path(env.str("BROKER_DIR", default=str(VAR_DIR / "broker")))
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Workers are told nothing but to look; their state is in the database, not asked over the broker.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.int("WORKER_THREADS", default=8)
# The row is the truth and the sweep rings again, so a message is acknowledged at once and a broker
# that is away must fail fast instead of holding the caller.
CELERY_TASK_ACKS_LATE = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
    }
else:
    BROKER_DIR.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "spool://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
        "store_processed": False,
    }
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # in memory: any number of them may run anywhere
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "invoicing.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
}
CELERY_TIMEZONE = "UTC"

# --- files that people take away
# Ours write cells of their own (`invoicing.admin.export_formats`); this is for any other that may come.
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True

# --- webhooks
WEBHOOK_MAX_BYTES = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * WEBHOOK_MAX_BYTES  # ours answers first, with its own words

# --- security
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# A merchant chose plain http on purpose, so these are not findings then.
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]

UNFOLD = {
    "SITE_TITLE": "Jumpseller Invoicing",
    "SITE_HEADER": "Jumpseller Invoicing",
    "SITE_SYMBOL": "receipt_long",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "invoicing.admin.needs_you.dashboard",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": True,
        "navigation": "invoicing.admin.navigation.sidebar",
    },
}

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if DEBUG else "json")
LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)
LOGGING_CONFIG = "config.logging.configure"

SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN and "pytest" not in sys.modules:
    from config.error_reports import start_error_reports

    start_error_reports(SENTRY_DSN)
