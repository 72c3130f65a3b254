"""Settings of an installation, all from the environment and the data folder.

`LONJA_DATA_DIR`      folder with the database, files and keys (default: `data` beside the checkout)
`LONJA_DATABASE_URL`  `postgres://user:password@host:port/name`; without it, SQLite in that folder
`LONJA_HOSTS`         host names served, separated by commas (default: any)
`LONJA_PUBLIC_URL`    address that customers see in mails and links
`LONJA_TRUSTED_PROXIES` how many proxies in front may be believed (default 0)
`LONJA_API_PER_MINUTE`  requests a minute that each key of the API may make (default 600)
`LONJA_OUTGOING_PRIVATE` 1 lets webhooks reach private addresses (default: only public ones)
`LONJA_VERIFACTU_ENVIRONMENT` `production` to send invoices to the tax agency (default: `test`)
`LONJA_VERIFACTU_TEST_URL`, `LONJA_VERIFACTU_TEST_CA` a stand-in agency for that `test`
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from lonja.config import keys

PACKAGE_DIR = Path(__file__).resolve().parent.parent
CHECKOUT_DIR = PACKAGE_DIR.parent.parent
DATA_DIR = Path(os.environ.get("LONJA_DATA_DIR") or CHECKOUT_DIR / "data").resolve()
KEYS = keys.load(DATA_DIR / "keys")

DEBUG = os.environ.get("LONJA_DEBUG") == "1"
SECRET_KEY = KEYS.secret_key
ALLOWED_HOSTS = [h for h in os.environ.get("LONJA_HOSTS", "*").split(",") if h]
PUBLIC_URL = os.environ.get("LONJA_PUBLIC_URL", "").rstrip("/")
SECURE_ADDRESS = PUBLIC_URL.startswith("https://")
TRUSTED_PROXIES = int(os.environ.get("LONJA_TRUSTED_PROXIES", "0"))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

ROOMS = [
    "lonja.accounts",
    "lonja.activity",
    "lonja.files",
    "lonja.jobs",
    "lonja.ui",
    "lonja.documents",
    "lonja.mail",
    "lonja.imports",
    "lonja.parties",
    "lonja.office",
    "lonja.tasks",
    "lonja.catalogue",
    "lonja.billing",
    "lonja.fiscal",
    "lonja.payments",
    "lonja.einvoices",
    "lonja.subscriptions",
    "lonja.sales",
    "lonja.portal",
    "lonja.field",
    "lonja.api",
    "lonja.config",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *[room for room in ROOMS if (PACKAGE_DIR / room.split(".")[1] / "apps.py").exists()],
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lonja.ui.assets.AssetsMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lonja.accounts.language.LanguageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lonja.accounts.middleware.OrganisationMiddleware",
    "lonja.office.middleware.OfficeMiddleware",
    "lonja.ui.middleware.PageMiddleware",
]

ROOT_URLCONF = "lonja.config.urls"
ORGANISATION_URLCONF = "lonja.config.org_urls"
WSGI_APPLICATION = "lonja.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lonja.ui.context.shell",
            ],
        },
    }
]


def _database(url: str) -> dict:
    if not url:
        return {
            "ENGINE": "lonja.config.sqlite",
            "NAME": DATA_DIR / "lonja.sqlite3",
            # The statistics of the indexes are read when a connection opens, and the worker makes
            # them each hour: who stayed connected would plan for the few rows there were.
            "CONN_MAX_AGE": 3600,
            "OPTIONS": {
                # R17: DEFERRED loses most concurrent writes to "database is locked"; FULL keeps
                # an issued invoice through a power cut.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; "
                    "PRAGMA mmap_size=268435456; PRAGMA recursive_triggers=ON; "
                    # 32 MB: whoever writes copies the log back once where it was eight times, and
                    # a page that many invoices touched is copied once.
                    "PRAGMA wal_autocheckpoint=8000"
                ),
            },
            # A file, not memory: tests that race need a database that locks as the real one does.
            "TEST": {
                "MIGRATE": False,
                "NAME": os.environ.get("LONJA_TEST_SQLITE") or DATA_DIR / "test.sqlite3",
            },
        }
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "lonja.config.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**query},
        "TEST": {"MIGRATE": False, "NAME": os.environ.get("LONJA_TEST_PG") or None},
    }


DATABASES = {"default": _database(os.environ.get("LONJA_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("en", "English")]
USE_TZ = True
TIME_ZONE = "Europe/Madrid"
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
# «1.234,56» in both languages: with two ways of writing it, somebody would pay a thousand times.
FORMAT_MODULE_PATH = ["lonja.config.formats"]
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = None  # the copies we serve are in the data folder: lonja.ui.assets
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "lonja.ui.assets.Storage"},
}
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "lonja.ui.assets.VersionFinder",
]
WHITENOISE_USE_FINDERS = False
WHITENOISE_AUTOREFRESH = DEBUG
FILES_ROOT = DATA_DIR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/cuenta/entrar/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/cuenta/entrar/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "lonja.office.adapter.AccountAdapter"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A passkey proves two things at once: having the device and its PIN or fingerprint.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Lonja"
MFA_ADAPTER = "lonja.office.adapter.MFAAdapter"
# Addresses are known from the invitation or the installation: nobody signs up by themselves.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# One step of tolerance: clocks of phones drift.
MFA_TOTP_TOLERANCE = 1
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

SESSION_ENGINE = "lonja.accounts.sessions"
SESSION_COOKIE_NAME = "lonja_session"
SESSION_COOKIE_SECURE = SECURE_ADDRESS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_COOKIE_NAME = "lonja_csrf"
CSRF_COOKIE_SECURE = SECURE_ADDRESS
CSRF_COOKIE_SAMESITE = "Lax"
# Behind a proxy that is not trusted every request looks plain: redirecting would never end.
SECURE_SSL_REDIRECT = SECURE_ADDRESS and TRUSTED_PROXIES > 0
# Programs on this machine ask it without TLS.
SECURE_REDIRECT_EXEMPT = [r"^salud/$"]
SECURE_HSTS_SECONDS = 31536000 if SECURE_ADDRESS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_ADDRESS
# Preload binds a whole domain for years: its owner asks for it, never a program
# (docs/decisions/0005-https.md).
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if SECURE_ADDRESS and TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

TASKS = {"default": {"BACKEND": "lonja.jobs.backend.RowBackend", "QUEUES": []}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
API_PER_MINUTE = int(os.environ.get("LONJA_API_PER_MINUTE", "600"))
OUTGOING_PRIVATE = os.environ.get("LONJA_OUTGOING_PRIVATE") == "1"
EMAIL_BACKEND = "lonja.mail.backend.OutboxBackend"
DEFAULT_FROM_EMAIL = "lonja@localhost"

# VERI*FACTU (RD 1007/2023): «test» (the agency's trial environment) or «production».
VERIFACTU_ENVIRONMENT = os.environ.get("LONJA_VERIFACTU_ENVIRONMENT", "test")
# Where FACe is: empty, its own address for the environment above; another one to try things out
# with `lonja face-stub`.
FACE_URL = os.environ.get("LONJA_FACE_URL", "")
# A stand-in agency (`lonja agency-stub`) for the test environment; never for production.
VERIFACTU_TEST_URL = os.environ.get("LONJA_VERIFACTU_TEST_URL", "")
VERIFACTU_TEST_CA = os.environ.get("LONJA_VERIFACTU_TEST_CA", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LONJA_LOG_LEVEL", "WARNING")},
    "loggers": {"lonja": {"level": os.environ.get("LONJA_LOG_LEVEL", "INFO")}},
}
