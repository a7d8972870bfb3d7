"""Every setting of the service, from the environment; the reference page in docs/ is generated from here."""

from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from accounts.scopes import SCOPES
from config import outbox, schedule
from config.log_set_up import logging_as

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VERSION = "0.1.0"
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PUBLIC_URL = env("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
DEMO = env.bool("DEMO", default=False)

INSTALLED_APPS = [
    "accounts",
    "audit",
    "cases",
    "trials",
    "treatments",
    "mdt",
    "followup",
    "interop",
    "reports",
    "desk",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "pghistory",
    "pgtrigger",
    "rest_framework",
]

MIDDLEWARE = [
    "desk.probes.answer",
    "config.observing.observe",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "followup.middleware.keep_private",
    "desk.room.live.QuickAnswers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "interop.middleware.note_exchanges",
    "config.errors.ConflictMiddleware",
    "audit.middleware.record_reads",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "config.jinja.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "desk.context.page",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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

# The application's role can't change history; the owner's role owns the tables and migrates them (ADR 0004).
AS_OWNER = env("DATABASE_ROLE", default="application") == "owner"
DATABASES = {
    "default": env.db("DATABASE_OWNER_URL")
    if AS_OWNER and env("DATABASE_OWNER_URL", default="")
    else env.db("DATABASE_URL")
}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    "TEST": {"NAME": env("TEST_DATABASE_NAME", default=None)},
}
DATABASE_APPLICATION_ROLE = env.db("DATABASE_URL")["USER"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:home"
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignUp"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # django-axes counts them, by person and address together

AXES_FAILURE_LIMIT = env.int("SIGN_IN_ATTEMPTS", default=8)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # one NAT must not lock out a hospital
AXES_USERNAME_FORM_FIELD = "login"
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"
AXES_RESET_ON_SUCCESS = True
AXES_IPWARE_PROXY_COUNT = env.int("PROXY_COUNT", default=0)
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if AXES_IPWARE_PROXY_COUNT else ["REMOTE_ADDR"]
)
AXES_VERBOSE = False

HTTPS = PUBLIC_URL.startswith("https://")
if env.int("PROXY_COUNT", default=0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", default=12 * 3600)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_ENGINE = "django.contrib.sessions.backends.db"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=100 * 1024 * 1024)
DOCUMENT_MAX_BYTES = env.int("DOCUMENT_MAX_BYTES", default=20 * 1024 * 1024)
TRIAL_REGISTRY_FETCH = env.bool("TRIAL_REGISTRY_FETCH", default=False)  # asks ClinicalTrials.gov by number
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True
# Day before month: Django's own list would read 03/04 as 4 March.
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y"]

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.stylesheet.PackageFinder",
]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": env("STATICFILES_STORAGE", default="django.contrib.staticfiles.storage.StaticFilesStorage")
    },
}
MEDIA_ROOT = VAR_DIR / "files"

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
if email_url := env("EMAIL_URL", default=""):
    vars().update(env.email_url_config(email_url))
elif DEMO:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mailbox"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Sarcoma MDT <no-reply@sarcoma-mdt.example>")
MESSAGE_ID_DOMAIN = parseaddr(DEFAULT_FROM_EMAIL)[1].partition("@")[2]
REMINDER_LEASE_SECONDS = env.int(
    "REMINDER_LEASE_SECONDS", default=120
)  # then another worker takes the reminder
REMINDER_SENDERS = env.int("REMINDER_SENDERS", default=4)  # tasks that share what waits, over all workers

# Receivers of webhooks stand in these networks alone; none: nothing is sent anywhere.
WEBHOOK_NETWORKS = [ip_network(each) for each in env.list("WEBHOOK_NETWORKS", default=[])]
WEBHOOK_CA_FILE = env(
    "WEBHOOK_CA_FILE", default=""
)  # an authority of the hospital's own, beside the system's

# redis://host:6379/1 or unix:///socket?db=1; without one, each web process counts requests for itself
CACHE_URL = env("CACHE_URL", default="")
CACHES = {
    "default": {"BACKEND": "config.cache.SharedCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "config.cache.OwnCache"}
}
API_REQUESTS_A_MINUTE = env.int(
    "API_REQUESTS_A_MINUTE", default=600
)  # of each client and person; 0: no limit
API_TOKENS_A_MINUTE = env.int("API_TOKENS_A_MINUTE", default=30)  # of each client

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 7200}
CELERY_BEAT_SCHEDULER = "audit.scheduler:OneScheduler"
CELERY_BEAT_SYNC_EVERY = 1  # what ran is written down at once: whoever takes over does not run it again
CELERY_BEAT_SCHEDULE = schedule.SCHEDULE

OUTBOX_CONSUMERS = outbox.CONSUMERS
OUTBOX_BATCHES = outbox.BATCHES

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.MachineToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "config.api.operation.Operation",
    "DEFAULT_VERSIONING_CLASS": None,
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "config.errors.problem_details",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sarcoma MDT API",
    "DESCRIPTION": (
        "Cases, referrals, meetings, decisions, plans and reviews of a sarcoma MDT, and the guidance check. "
        "A hospital system signs in with OAuth2 client credentials, and sees what its organisation's teams see. "
        "Dates are ISO 8601, lengths are in millimetres, and every refusal is a problem of RFC 9457."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "validatorUrl": None,
        "docExpansion": "none",  # two hundred operations: by area, opened one by one
        "filter": True,
        "tagsSorter": "alpha",
        "defaultModelsExpandDepth": -1,
    },
    "ENUM_NAME_OVERRIDES": {
        "CaseStatus": "cases.workflow.CaseStatus",
        "ReferralStatus": "cases.workflow.ReferralStatus",
        "MeetingStatus": "mdt.workflow.MeetingStatus",
        "ListingStatus": "mdt.workflow.ListingStatus",
        "ListingUrgency": "mdt.workflow.ListingUrgency",
        "ReferralUrgency": "cases.models.referral.Urgency",
        "LetterKind": "mdt.workflow.LetterKind",
        "LetterStatus": "mdt.workflow.LetterStatus",
        "PlanStatus": "treatments.workflow.PlanStatus",
        "ReviewStatus": "followup.workflow.ReviewStatus",
        "ScheduleStatus": "followup.workflow.ScheduleStatus",
        "OpinionStatus": "followup.workflow.OpinionStatus",
        "DeliveryTold": "treatments.api.bodies.TOLD",
        "Role": "accounts.permissions.Role",
        "EpisodeKind": "cases.models.case.EpisodeKind",
        "LaterEpisodeKind": "cases.api.cases.LATER",
        "PathologyKind": "cases.models.report.PathologyKind",
        "ReportKind": "cases.models.report.ReportKind",
        "DocumentKind": "cases.models.document.DocumentKind",
        "ImagingModality": "cases.models.report.Modality",
        "ImmunotherapyKind": "cases.clinical.vocabulary.KINDS",
        "TreatmentModality": "cases.clinical.vocabulary.MODALITIES",
        "TCategory": "cases.clinical.vocabulary.T_CATEGORIES",
        "NCategory": "cases.clinical.vocabulary.N_CATEGORIES",
        "MCategory": "cases.clinical.vocabulary.M_CATEGORIES",
        "DecisionKind": "mdt.workflow.DecisionKind",
        "ReviewKind": "followup.models.ReviewKind",
        "ResponseKind": "treatments.models.Response.Kind",
        "HoldKind": "treatments.models.Hold.Kind",
        "NotDeliveredReason": "treatments.models.NotDelivered",
        "FindingReason": "treatments.models.ReasonCode",
        "EnquiryStatus": "trials.workflow.EnquiryStatus",
        "TrialStatus": "trials.workflow.TrialStatus",
        "SiteStatus": "trials.models.SiteStatus",
        "TrialReferralStatus": "trials.workflow.TrialReferralStatus",
        "TrialEndReason": "trials.models.EndReason",
        "CaseClosedReason": "cases.workflow.ClosedReason",
        "OperationMargin": "treatments.models.Margin",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "OAS_VERSION": "3.1.0",
}
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"  # migrations of our own name it
OAUTH2_PROVIDER = {
    "SCOPES": SCOPES,
    "OAUTH2_VALIDATOR_CLASS": "accounts.tokens.ClientValidator",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "ALLOWED_GRANT_TYPES": ["client-credentials"],
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,  # tokens are kept as checksums only
    # Only client credentials are used; the rest of the security practice is switched on so that it stays so.
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
}

METRICS_TOKEN = env("METRICS_TOKEN", default="")  # without one, /metrics answers this machine only

LOG_FORMAT = env("LOG_FORMAT", default="plain")  # or json: one object a line, and a line for each request
LOGGING = logging_as(LOG_FORMAT, level=env("LOG_LEVEL", default="INFO"), with_values=DEBUG)

PGHISTORY_DEFAULT_TRACKERS = None
PGHISTORY_APPEND_ONLY = True
PGHISTORY_CONTEXT_ID_FIELD_CONFIG = None
MIGRATION_LINTER_OPTIONS = {
    "include_apps": ["accounts", "audit", "cases", "trials", "treatments", "mdt", "followup", "interop"],
    "ignore_name": [
        "0003_read_log",  # it makes the table whose indexes it makes; the linter reads no partitions
        "0009_room_for_every_treatment",  # a longer varchar: no row is written anew
        "0015_digests_in_doubt_go_alone",  # a longer varchar, and an index of the few e-mails that wait
        "0002_match_runs",  # one run at a time, in a table that came with the migration before it
        "0006_reminders_are_told_by_mails",  # drops what nothing reads since 0005; run with the service stopped
    ],
}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other services may live under the hospital's host name
    "security.W021",  # and only its owner can ask browsers to preload it
]
