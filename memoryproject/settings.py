"""Every setting of Garner, read once from the environment. docs/settings.md explains each; a test keeps it so."""

import os
from datetime import timedelta
from pathlib import Path

import environ

from accounts.keyring import Keyring
from memoryproject import policies
from memoryproject.logs import logging_config
from runtime.addresses import database_urls, redis_url
from runtime.paths import Home
from runtime.settings_file import merge_settings_file
from runtime.tls import tls_wanted

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

# --- where things are ------------------------------------------------------------------------------------
GARNER_HOME = Path(env.str("GARNER_HOME", default="~/.garner")).expanduser()
merge_settings_file(GARNER_HOME / "garner.toml", os.environ)
GARNER_PORT = env.int("GARNER_PORT", default=8000)
GARNER_HOST = env.str("GARNER_HOST", default="127.0.0.1")
HOME = Home(GARNER_HOME)
KEYRING_PATH = Path(env.str("GARNER_KEYRING", default=str(HOME.keyring))).expanduser()
ACCEPT_KEY_LOSS = env.bool("GARNER_ACCEPT_KEY_LOSS", default=False)
_keyring = Keyring.read_if_present(KEYRING_PATH)

APP_DATABASE_URL, OWNER_DATABASE_URL = database_urls(HOME, env.ENVIRON)
REDIS_URL = redis_url(HOME, env.ENVIRON)

# --- Django ------------------------------------------------------------------------------------------------
DEBUG = env.bool("GARNER_DEBUG", default=False)
# Without a keyring (linters, a first `help`) a process signs nothing that outlives it.
SECRET_KEY = _keyring.derive_text("django secret key") if _keyring else Keyring.throwaway()
ALLOWED_HOSTS = env.list("GARNER_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
ROOT_URLCONF = "memoryproject.urls"
ASGI_APPLICATION = "memoryproject.asgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
FORMAT_MODULE_PATH = "console.formats"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # before the admin, whose templates it replaces
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_otp",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "accounts",
    "accounts.people",
    "grains",
    "retrieval",
    "learning",
    "console",
    "runtime",
    "mcp_bridge",
]
# Few layers: under load the middleware stack costs more than most views (docs/adr/0001-one-port.md). People's is
# empty for requests with a key.
MIDDLEWARE = [
    "memoryproject.middleware.RequestLog",
    "memoryproject.policies.ContentPolicy",
    "django.middleware.common.CommonMiddleware",
    "memoryproject.middleware.People",
]
PEOPLE_PATHS = ("/login", "/logout", "/account", "/admin")
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
            ]
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
CONTENT_SECURITY_POLICY = {"DIRECTIVES": policies.PAGES}
# By the beginning of a path: what its pages need beside that. The console's library runs on Alpine, which evaluates
# expressions of its markup, and sets styles in place; its scripts are files of ours all the same.
CONTENT_POLICIES = {"/admin/": {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}}
# What these ask for is there, elsewhere: RequestLog and ContentPolicy set the headers, People checks CSRF, and HTTPS is
# the proxy's or the port's own. The cache counts atomically (django-ratelimit does not know Django's own for Redis).
# The admin's and axes' middleware is inside People as well.
SILENCED_SYSTEM_CHECKS = [
    *("security.W001", "security.W002", "security.W003", "django_ratelimit.W001"),
    *("admin.E408", "admin.E409", "admin.E410", "axes.W002"),
]

# --- database ------------------------------------------------------------------------------------------------
WEB_THREADS = env.int("GARNER_WEB_THREADS", default=8)
_database = env.db_url_config(APP_DATABASE_URL, engine="accounts.postgresql")
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 0,  # the pool keeps connections, not the threads
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": WEB_THREADS + 2, "timeout": 5.0},
            # What we prepare is planned once: its plans do not depend on its parameters.
            "options": "-c hnsw.ef_search=64 -c plan_cache_mode=force_generic_plan",
        },
    }
}

# --- Valkey, Celery --------------------------------------------------------------------------------------------
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.cache,
        "KEY_PREFIX": "garner",
        "OPTIONS": {"socket_timeout": 1.0, "socket_connect_timeout": 1.0},
    }
}
CELERY_BROKER_URL = REDIS_URL.celery
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "learning.schedules:KeptSchedules"
CELERY_BEAT_SCHEDULE = {  # and one for each job (learning.jobs); an operator's edits of them are kept
    "indexes_tend": {"task": "grains.tasks.indexes_tend", "schedule": timedelta(hours=1)},
    # What was not run within its second is not made up for: the next one does the work of both.
    "outbox_drain": {
        "task": "accounts.tasks.outbox_drain",
        "schedule": timedelta(seconds=1),
        "options": {"expires": 1},
    },
    "partitions_make": {"task": "accounts.tasks.partitions_make", "schedule": timedelta(hours=12)},
    "sessions_clear": {"task": "accounts.tasks.sessions_clear", "schedule": timedelta(hours=24)},
    "logs_seal": {"task": "accounts.tasks.logs_seal", "schedule": timedelta(seconds=1), "options": {"expires": 1}},
    "webhooks_deliver": {
        "task": "accounts.tasks.webhooks_deliver",
        "schedule": timedelta(seconds=1),
        "options": {"expires": 1},
    },
    "logs_sweep": {"task": "accounts.tasks.logs_sweep", "schedule": timedelta(hours=12)},
}

# --- memories ------------------------------------------------------------------------------------------------
EMBEDDING_BACKEND = env.str("GARNER_EMBEDDING_BACKEND", default="onnx")
EMBEDDING_MODEL = env.str("GARNER_EMBEDDING_MODEL", default="")
EMBEDDING_URL = env.str("GARNER_EMBEDDING_URL", default="")
EMBEDDING_API_KEY = env.str("GARNER_EMBEDDING_API_KEY", default="")
RERANKER = env.str("GARNER_RERANKER", default="")
RERANKER_MODEL = env.str("GARNER_RERANKER_MODEL", default="")
RERANKER_URL = env.str("GARNER_RERANKER_URL", default="")
RERANKER_API_KEY = env.str("GARNER_RERANKER_API_KEY", default="")
RERANK_TOP = env.int("GARNER_RERANK_TOP", default=20)
RERANK_SECONDS = env.float("GARNER_RERANK_SECONDS", default=0.5)
GRAINS_PER_MINUTE = env.int("GARNER_GRAINS_PER_MINUTE", default=500)
HNSW_FROM_PASSAGES = env.int("GARNER_HNSW_FROM_PASSAGES", default=3000)
DEED_RETENTION_DAYS = env.int("GARNER_DEED_RETENTION_DAYS", default=400)
WEBHOOK_PRIVATE_NETWORKS = env.list("GARNER_WEBHOOK_PRIVATE_NETWORKS", default=[])
JOURNAL_RETENTION_DAYS = env.int("GARNER_JOURNAL_RETENTION_DAYS", default=400)
DEAD_LETTER_RETENTION_DAYS = env.int("GARNER_DEAD_LETTER_RETENTION_DAYS", default=30)
TRACE_RETENTION_DAYS = env.int("GARNER_TRACE_RETENTION_DAYS", default=30)
REQUESTS_PER_SECOND = env.int("GARNER_REQUESTS_PER_SECOND", default=100)
BACKLOG_LIMIT = env.int("GARNER_BACKLOG_LIMIT", default=1000)
NAMESPACE_GRAINS = env.int("GARNER_NAMESPACE_GRAINS", default=0)
NAMESPACE_BYTES = env.int("GARNER_NAMESPACE_BYTES", default=0)
SOURCE = env.str("GARNER_SOURCE", default="")
STORE_BATCH = env.int("GARNER_STORE_BATCH", default=1000)
FLUX_BATCH = env.int("GARNER_FLUX_BATCH", default=100)
MEMEX_HALF_LIFE_DAYS = env.float("GARNER_MEMEX_HALF_LIFE_DAYS", default=30.0)
MEMEX_WRITES_PER_MINUTE = env.int("GARNER_MEMEX_WRITES_PER_MINUTE", default=60)
MEMEX_SEARCHES_PER_MINUTE = env.int("GARNER_MEMEX_SEARCHES_PER_MINUTE", default=120)
CLUSTERS = env.bool("GARNER_CLUSTERS", default=True)
CLUSTER_CANDIDATES = env.bool("GARNER_CLUSTER_CANDIDATES", default=False)
GRAPH_MEGABYTES = env.int("GARNER_GRAPH_MEGABYTES", default=192)
SUMMARIZATION_ENABLED = env.bool("GARNER_SUMMARIZATION_ENABLED", default=True)
SUMMARIZATION_THRESHOLD = env.int("GARNER_SUMMARIZATION_THRESHOLD", default=100)
SUMMARIZATION_BATCH_SIZE = env.int("GARNER_SUMMARIZATION_BATCH_SIZE", default=50)
SUMMARIZATION_INTERVAL_SECONDS = env.int("GARNER_SUMMARIZATION_INTERVAL_SECONDS", default=300)
CONSOLIDATION_ENABLED = env.bool("GARNER_CONSOLIDATION_ENABLED", default=False)
CONSOLIDATION_THRESHOLD = env.float("GARNER_CONSOLIDATION_THRESHOLD", default=0.9)
LLM_BACKEND = env.str("GARNER_LLM_BACKEND", default="")
LLM_MODEL = env.str("GARNER_LLM_MODEL", default="")
LLM_URL = env.str("GARNER_LLM_URL", default="")
LLM_API_KEY = env.str("GARNER_LLM_API_KEY", default="")
LLM_TIMEOUT_SECONDS = env.float("GARNER_LLM_TIMEOUT_SECONDS", default=30.0)
JOB_LOSS_BUDGET = env.float("GARNER_JOB_LOSS_BUDGET", default=0.5)
WORKER_METRICS = env.str("GARNER_WORKER_METRICS", default="")
CONTRADICTION = env.str("GARNER_CONTRADICTION", default="automatic")  # automatic, review or off
HEALTH = env.bool("GARNER_HEALTH", default=True)
HEALTH_WARM_UP = env.float("GARNER_HEALTH_WARM_UP", default=1.0)
ALERT_HOURS = env.float("GARNER_ALERT_HOURS", default=6.0)  # Flux's
ALERT_EMAILS = env.str("GARNER_ALERT_EMAILS", default="")
RETENTION = env.bool("GARNER_RETENTION", default=True)
REVIVE_FROM = env.float("GARNER_REVIVE_FROM", default=0.55)
METRICS_OPEN = env.bool("GARNER_METRICS_OPEN", default=False)

# --- learning: one switch a mechanism (learning/switches.py) -------------------------------------------------------
LEARNING = env.bool("GARNER_LEARNING", default=True)
PROPAGATION = env.bool("GARNER_PROPAGATION", default=True)
SHORTCUTS = env.bool("GARNER_SHORTCUTS", default=True)
WIRING = env.bool("GARNER_WIRING", default=True)
PROMOTION = env.bool("GARNER_PROMOTION", default=True)
REPUTATION = env.bool("GARNER_REPUTATION", default=True)

# --- API ---------------------------------------------------------------------------------------------------------
BROWSABLE_API = env.str("GARNER_BROWSABLE_API", default="staff")  # staff, off or debug: accounts.checks
OPEN_LOOPBACK = env.bool("GARNER_OPEN_LOOPBACK", default=False)
BODY_LIMIT = 2 * 1024 * 1024  # bytes; memoryOSS's limit
BODY_SECONDS = 30.0  # for a body to arrive in
TRUSTED_PROXIES = env.list("GARNER_TRUSTED_PROXIES", default=[])
RATELIMIT_IP_META_KEY = "accounts.attempts.address_of"
SIGN_INS_PER_MINUTE = env.int("GARNER_SIGN_INS_PER_MINUTE", default=10)
TOKENS_PER_MINUTE = env.int("GARNER_TOKENS_PER_MINUTE", default=60)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.ApiKeyAuthentication",
        "accounts.api.sessions.MemberAuthentication",
        "accounts.api.loopback.LoopbackAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.formats.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["accounts.api.formats.JsonRenderer", "accounts.api.formats.BrowsableRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "accounts.api.formats.JsonFirst",
    "URL_FORMAT_OVERRIDE": None,  # Accept alone says what is wanted
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.GarnerSchema",
    "EXCEPTION_HANDLER": "accounts.api.errors.answer",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Garner",
    "VERSION": "0.1.0",
    "DESCRIPTION": "Long-term memory for AI agents that learns which memories matter.",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.api.schema.add_error_components",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ProfileEnum": "accounts.api.keys.PROFILES",
        "MemoryTypeEnum": "grains.models.MemoryType",
        "MemexMemoryTypeEnum": "retrieval.api.memex.TYPES",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- people who sign in --------------------------------------------------------------------------------------------
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/admin/"
LOGOUT_REDIRECT_URL = "/login"
SESSION_ENGINE = "accounts.people.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "memoryproject.refusals.without_token"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
REVERIFY_MINUTES = env.int("GARNER_REVERIFY_MINUTES", default=10)
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# One name at one address is locked: neither can lock out everybody. The address is the peer's, never a header's.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "accounts.attempts.address_of"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- e-mail (only for people: links to set a password) -------------------------------------------------------------
EMAIL_URL = env.str("GARNER_EMAIL_URL", default="")
DEFAULT_FROM_EMAIL = env.str("GARNER_EMAIL_FROM", default="garner@localhost")
vars().update(env.email_url_config(EMAIL_URL) if EMAIL_URL else {})

# --- console ---------------------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Garner",
    "SITE_HEADER": "Garner",
    "SITE_SYMBOL": "grain",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": ["/static/console/console.css"],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/console/favicon.svg"}],
    "SIDEBAR": {"show_search": True, "navigation": "console.navigation.sidebar"},
    "ACCOUNT": {"navigation": [{"title": "Your account", "link": "/account"}]},
}

# --- agents (MCP) ---------------------------------------------------------------------------------------------
MCP_ALLOWED_HOSTS = [*ALLOWED_HOSTS, *env.list("GARNER_MCP_ALLOWED_HOSTS", default=[])]
MCP_ALLOWED_ORIGINS = env.list("GARNER_MCP_ALLOWED_ORIGINS", default=[])
API_KEY = env.str("GARNER_API_KEY", default="")
PUBLIC_URL = env.str("GARNER_PUBLIC_URL", default="")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://") or tls_wanted(os.environ)
SECURE_HSTS_SECONDS = env.int("GARNER_HSTS_SECONDS", default=int(SESSION_COOKIE_SECURE) * 365 * 86_400)
CSRF_TRUSTED_ORIGINS = ["/".join(PUBLIC_URL.split("/")[:3])] if PUBLIC_URL else []

# --- logs ----------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.str("GARNER_LOG_LEVEL", default="INFO")
LOG_JSON = env.bool("GARNER_LOG_JSON", default=True)
LOGGING_CONFIG = None
logging_config(level=LOG_LEVEL, as_json=LOG_JSON)
