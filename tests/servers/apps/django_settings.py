"""Django, configured once for all tests of a process; what a test needs otherwise it overrides."""

from collections.abc import Awaitable, Callable, Iterable
from types import ModuleType
from typing import Any, Final

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings

from errata.testing import LIMIT

MIDDLEWARE: Final = "errata.servers.django.middleware"

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1", "testserver"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DATA_UPLOAD_MAX_MEMORY_SIZE=LIMIT,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
        LOGGING={"version": 1, "disable_existing_loggers": False},
        LOGGING_CONFIG=None,
        REST_FRAMEWORK={"EXCEPTION_HANDLER": "errata.servers.drf.exception_handler"},
        SECRET_KEY="made up",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        USE_TZ=True,
    )
    django.setup()


def urlconf(*patterns: Any) -> ModuleType:
    """Return a URLconf with some patterns."""
    module = ModuleType("urlconf")
    module.urlpatterns = list(patterns)  # type: ignore[attr-defined]
    return module


def wsgi_app(**overrides: Any) -> Callable[..., Iterable[bytes]]:
    """Return a WSGI application whose every request sees some settings."""
    with override_settings(**overrides):
        handler = WSGIHandler()

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with override_settings(**overrides):
            return handler(environ, start_response)

    return app


def asgi_app(**overrides: Any) -> Callable[..., Awaitable[None]]:
    """Return the same as an ASGI application."""
    with override_settings(**overrides):
        handler = ASGIHandler()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        with override_settings(**overrides):
            await handler(scope, receive, send)

    return app
