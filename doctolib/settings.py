"""All settings. Values come from the environment (doctolib/env.py, .env.example); a wrong one stops the process."""

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from doctolib import env

BASE_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = Path(os.environ.get("DOCTOLIB_ENV_FILE", BASE_DIR / "var/env"))
if "DATABASE_URL" not in os.environ and "DATABASE_URL_FILE" not in os.environ and ENV_FILE.exists():
    env.load_file(ENV_FILE)  # what `make run` wrote; production sets the variables themselves

SECRET_KEY = env.required("DJANGO_SECRET_KEY")
DEBUG = env.flag("DJANGO_DEBUG", default=False)

# Doors
WWW_HOST = env.host("WWW_HOST")
PRO_HOST = env.host("PRO_HOST")
ADMIN_HOST = env.host("ADMIN_HOST")
ALLOWED_HOSTS = [host.split(":")[0] for host in (WWW_HOST, PRO_HOST, ADMIN_HOST)]
DOOR_SESSION_COOKIES = {"www": "patient_session", "pro": "pro_session", "admin": "admin_session"}
ROOT_URLCONF = "doctolib.urls.www"  # hosts.DoorMiddleware chooses a door's own
WSGI_APPLICATION = "doctolib.wsgi.application"
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", default=0)
# Where the platform's own people work: the admin door answers nobody else. A developer's machine may leave it out.
PLATFORM_NETWORKS = env.networks("PLATFORM_NETWORKS", default="0.0.0.0/0 ::/0" if DEBUG else "")

INSTALLED_APPS = [
    "crypto",
    "doctolib.tenancy",
    "doctolib.audit",
    "doctolib.outbox",
    "accounts",
    "patients",
    "appointments",
    "retention",
    "integrations",
    "doctolib.frame.FrameConfig",
    "doctolib.frame.PlatformAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp_webauthn",
    "rest_framework",
    "csp",
]

MIDDLEWARE = [
    "doctolib.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "doctolib.headers.HeadersMiddleware",
    "doctolib.headers.PolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # answers by itself: static files carry the headers above, too
    "doctolib.outages.OutageMiddleware",
    "doctolib.hosts.DoorMiddleware",
    "accounts.middleware.PlatformNetworksMiddleware",
    "doctolib.hosts.DoorSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.DoorAuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.StrongFactorMiddleware",
    "doctolib.tenancy.middleware.ScopeMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["doctolib.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "doctolib.forms.Renderer"

# Databases: two connections to the platform's database (identity, scopes), one to each dedicated one, and the owner's
# where migrations run. The aliases' meaning is in docs/layers.md.
_platform = env.database(env.required("DATABASE_URL"), name="DATABASE_URL")
DATABASES = {
    "default": _platform,
    "pool": {**_platform, "OPTIONS": dict(_platform["OPTIONS"])},
    **env.databases("DATABASE_DEDICATED_URLS"),
}
_owners = {f"{alias}_owner": db for alias, db in env.databases("DATABASE_DEDICATED_OWNER_URLS").items()}
if env.optional("DATABASE_OWNER_URL"):
    _owners["owner"] = env.database(env.required("DATABASE_OWNER_URL"), name="DATABASE_OWNER_URL")
for _database in _owners.values():
    _database["OPTIONS"] = {**_database["OPTIONS"], "options": "-c sec.migration=on"}
DATABASES |= _owners
DATABASE_ROUTERS = ["doctolib.tenancy.router.ScopeRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SCOPE_TOKEN_KEY = env.key("SCOPE_TOKEN_KEY", length=32)

# Keys
KMS_PROVIDER = env.optional("KMS_PROVIDER", "local")
KMS_LOCAL_KEY_FILE = Path(env.optional("KMS_LOCAL_KEY_FILE", str(BASE_DIR / "var/kms/master.key")))
KMS_ALLOW_LOCAL = env.flag("KMS_ALLOW_LOCAL", default=False)

# Redis and Celery. Redis holds nothing that PostgreSQL could not bring back: no results, no personal data.
REDIS_URL = env.required("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "max_retries": 0,
    "queue_order_strategy": "priority",  # the first of the queues below is emptied first
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = env.optional("BEAT_SCHEDULE_FILE", str(BASE_DIR / "var/celerybeat-schedule"))
# Codes have a queue of their own, and a worker that takes nothing else (Procfile).
URGENT_QUEUE = "urgent"
CELERY_TASK_DEFAULT_QUEUE = "celery"
# A worker takes both unless told otherwise, and codes first: in turns with reminders they would wait behind tasks of
# their own that are older than their lease.
CELERY_TASK_QUEUES = [Queue(URGENT_QUEUE), Queue(CELERY_TASK_DEFAULT_QUEUE)]
CELERY_TASK_ROUTES = {"doctolib.outbox.tasks.dispatch": {"queue": URGENT_QUEUE}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULE = {
    "outbox": {"task": "doctolib.outbox.tasks.dispatch", "schedule": timedelta(seconds=3), "options": {"expires": 3}},
    "audit-seal": {
        "task": "doctolib.audit.tasks.seal_all",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "stale-sign-ups": {
        "task": "accounts.tasks.remove_stale",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "directory": {
        "task": "accounts.tasks.publish_directory",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "rights-reviews": {
        "task": "accounts.tasks.remind_of_reviews",
        "schedule": timedelta(days=1),
        "options": {"expires": 86400},
    },
    "deletions": {
        "task": "accounts.tasks.finish_deletions",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "unused-accounts": {
        "task": "accounts.tasks.lock_unused",
        "schedule": timedelta(hours=12),
        "options": {"expires": 3600},
    },
    "waiting-documents": {
        "task": "patients.tasks.scan_waiting_documents",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "texted-numbers": {
        "task": "integrations.tasks.forget_texted_numbers",
        "schedule": timedelta(days=1),
        "options": {"expires": 3600},
    },
    "orphaned-files": {
        "task": "patients.tasks.remove_orphaned_files",
        "schedule": timedelta(days=1),
        "options": {"expires": 3600},
    },
    "expired-holds": {
        "task": "appointments.tasks.remove_expired_holds",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "reminders": {
        "task": "appointments.tasks.queue_due_reminders",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "waiting-lists": {
        "task": "appointments.tasks.serve_waiting_lists",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Sign-in
AUTH_USER_MODEL = "accounts.User"
TENANT_MODEL = "accounts.Organisation"
AUTHENTICATION_BACKENDS = ["accounts.backends.DoorBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "accounts.passwords.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.TooLongValidator"},
]
OTP_WEBAUTHN_HELPER_CLASS = "accounts.services.passkeys.DoorHelper"  # knows the doors' names and origins
OTP_WEBAUTHN_RP_NAME = "Doctolib"
OTP_WEBAUTHN_RP_ID = WWW_HOST.split(":")[0]  # asked for by the package's checks; the helper answers each door's own
OTP_WEBAUTHN_ALLOWED_ORIGINS = [f"https://{host}" for host in (WWW_HOST, PRO_HOST, ADMIN_HOST)]  # as above
PASSWORD_RESET_TIMEOUT = 30 * 60  # seconds
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 12  # seconds; whoever signed in longer ago signs in again
PATIENT_IDLE = timedelta(hours=2)  # at home, with a hand on the phone; a clinic's own time is Organisation.idle_minutes
PLATFORM_IDLE = timedelta(minutes=30)
GEOIP_FILE = env.file("GEOIP_FILE")  # a city database in MaxMind's format, for the place of a connection
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "doctolib.views.csrf_failure"
if not DEBUG:
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in (WWW_HOST, PRO_HOST, ADMIN_HOST)]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Headers
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 0 if DEBUG else 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: [] for feature in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}

# Languages and time. Every organisation has its own zone; this one is for the platform's own pages.
LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [
    BASE_DIR / "locale" / area
    for area in "booking pro calendar desk series views hours setup statistics accounts messages admin frame".split()
]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEBUG
LANGUAGE_COOKIE_HTTPONLY = True
TIME_ZONE = "Europe/Berlin"
USE_TZ = True

# Who runs the platform, for the imprint and the other pages that the law asks for.
OPERATOR = {
    "name": env.optional("OPERATOR_NAME", "Doctolib"),
    "address": env.optional("OPERATOR_ADDRESS", "Musterstraße 1, 12345 Musterstadt"),
    "email": env.optional("OPERATOR_EMAIL", "hilfe@example.org"),
    "phone": env.optional("OPERATOR_PHONE", "030 23125 999"),
}

# Files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var/static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.optional("MEDIA_ROOT", str(BASE_DIR / "var/media")))
_static = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else _static},
    # Ciphertext only (docs/documents.md); no address leads there.
    "documents": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": MEDIA_ROOT / "documents",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}

# Uploads. What one request may carry in files, in bytes; below what the proxy lets through (deploy/Caddyfile).
UPLOAD_LIMIT = 10 * 1024**2
FILE_UPLOAD_HANDLERS = ["doctolib.uploads.MemoryOnlyUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 5
# Looks for viruses: a function by dotted path (patients/scanners.py).
VIRUS_SCANNER = env.optional("VIRUS_SCANNER", "patients.scanners.none")
CLAMD_ADDRESS = env.optional("CLAMD_ADDRESS", "clamd:3310")

# Messages that leave the house
EMAIL_BACKEND = env.optional("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.optional("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.optional("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.optional("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.optional("EMAIL_FROM", f"Doctolib <noreply@{WWW_HOST.split(':')[0]}>")
SMS_BACKEND = env.required("SMS_BACKEND")
SMS_FALLBACK_BACKEND = env.optional("SMS_FALLBACK_BACKEND")  # takes over while the first is away
TWILIO = "integrations.twilio.sending.TwilioSMS"
if TWILIO in (SMS_BACKEND, SMS_FALLBACK_BACKEND):
    TWILIO_ACCOUNT_SID = env.required("TWILIO_ACCOUNT_SID")
    TWILIO_AUTH_TOKEN = env.required("TWILIO_AUTH_TOKEN")
    # A messaging service (MG…), a number, or a name that carriers show as the sender.
    TWILIO_SENDER = env.required("TWILIO_SENDER")
    TWILIO_BASE_URL = env.optional("TWILIO_BASE_URL", "https://api.twilio.com")
PHONE_PAGE = DEBUG  # shows what would have been sent; a name of its own, because the test runner turns DEBUG off
OUTBOX_CHANNELS = {"email": "doctolib.outbox.channels.send_email", "sms": "doctolib.outbox.channels.send_sms"}

# Limits. Units are in the type; counts are per sliding window as documented beside their use.
HOLD_LIFETIME = timedelta(minutes=10)
HOLDS_PER_NETWORK = env.integer("HOLDS_PER_NETWORK", default=30)
SIGN_UP_CODE_LIFETIME = timedelta(minutes=10)
SMS_PER_NUMBER = 5
SMS_PER_NETWORK = env.integer("SMS_PER_NETWORK", default=20)
SMS_PER_DAY = env.integer("SMS_PER_DAY", default=5000)
SMS_COUNTRIES = ("DE", "AT", "CH")
SMS_PER_FOREIGN_COUNTRY = 200
# Codes of a second factor: the password was right, and a hospital is one network.
FACTOR_CODE_LIFETIME = timedelta(minutes=10)
FACTOR_SMS_PER_NUMBER = 20
FACTOR_SMS_PER_NETWORK = env.integer("FACTOR_SMS_PER_NETWORK", default=500)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}

DEFAULT_EXCEPTION_REPORTER = "doctolib.logs.ScrubbedReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "doctolib.logs.ScrubbingFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "doctolib.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.db.backends": {"level": "INFO"},
        "twilio": {"level": "WARNING"},  # its INFO lines quote what is sent
    },
}
