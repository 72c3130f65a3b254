"""The shell of the application, its manifest and its service worker. They hold no data."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from lonja.accounts.access import member_required
from lonja.accounts.language import house
from lonja.field import permissions
from lonja.field.models import OFFLINE_DAYS
from lonja.field.words import words
from lonja.ui import assets
from lonja.ui.urls import global_url

ICONS = (
    "arrow-back-up", "arrow-left", "check", "search", "plus", "minus", "package", "settings",
    "repeat", "chevron-right", "user-plus", "x", "star", "cloud-off",
    "cloud-upload", "alert-triangle", "lock", "lock-open", "signature", "trash", "eye-off",
    "mail", "refresh", "shield-check", "menu-2", "file-text", "logout", "home", "building-store",
    "clock", "circle-check", "section", "percentage", "barcode",
)  # fmt: skip
FILES = (
    "build/field.css",
    "build/field.js",
    "build/fonts/inter-latin.woff2",
    "field/icon-192.png",
)


@member_required(permissions.USE)
@require_safe
@never_cache
@ensure_csrf_cookie
@house()
def home(request: HttpRequest) -> HttpResponse:
    """The application: the same page for everybody, kept by the service worker."""
    return render(request, "field/home.html", _shell(request))


def _shell(request: HttpRequest) -> dict[str, Any]:
    slug = request.organisation.slug  # type: ignore[attr-defined]
    settings = {
        "slug": slug,
        "home": reverse("field:home"),
        "office": reverse("office:home"),
        "login": global_url("account_login"),
        "logout": global_url("account_logout"),
        "worker": reverse("field:worker"),
        "sync": reverse("field:sync"),
        "deliver": reverse("field:deliver"),
        "decide": reverse("field:decision"),
        "quote": reverse("sales:quote", args=[0]),
        "days": OFFLINE_DAYS,
    }
    return {"settings": settings, "words": words(), "icons": ICONS}


@member_required(permissions.USE)
@require_safe
@house()
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes it installable. Its scope is this organisation's application only."""
    company = request.company  # type: ignore[attr-defined]
    name = company.display_name if company is not None else "Lonja"
    home_url = reverse("field:home")
    data = {
        "id": home_url,
        "name": _("Lonja Campo · %(name)s") % {"name": name},
        "short_name": "Lonja Campo",
        "description": _("Presupuestos en tres pasos, también sin conexión"),
        "lang": get_language() or "es",
        "start_url": home_url,
        "scope": home_url,
        "display": "standalone",
        "orientation": "any",
        "background_color": "#f8f7f4",
        "theme_color": "#ffffff",
        "categories": ["business"],
        "icons": [
            {"src": static("field/icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": static("field/icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {
                "src": static("field/icon-maskable-512.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
            {"src": static("ui/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        ],
    }
    return JsonResponse(data, content_type="application/manifest+json")


@member_required(permissions.USE)
@require_safe
@never_cache
@house()
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. A change of the program or of its texts makes another one."""
    shell = json.dumps([_shell(request), assets.version()], sort_keys=True, default=str)
    context = {
        "version": hashlib.sha256(shell.encode()).hexdigest()[:16],
        "home": reverse("field:home"),
        "slug": request.organisation.slug,  # type: ignore[attr-defined]
        "files": [reverse("field:manifest"), *(static(name) for name in FILES)],
    }
    script = render_to_string("field/sw.js", {"data": json.dumps(context)})
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")
