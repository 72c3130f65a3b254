"""The verbs of the fiscal room in words, for timelines."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.activity.labels import describe
from lonja.fiscal import permissions
from lonja.fiscal.models import RecordState


def declare() -> None:
    """Teach the history to tell what happens with the agency (from `apps.ready()`)."""
    view = permissions.VIEW
    describe("fiscal.answered", _answered, "building-bank", view)
    describe(
        "fiscal.adopted",
        gettext_lazy("preguntó a la AEAT y el registro ya constaba"),
        "building-bank",
        view,
    )
    describe("fiscal.amended", gettext_lazy("subsanó el registro de la AEAT"), "edit", view)
    describe("fiscal.void_again", gettext_lazy("repitió la anulación en la AEAT"), "file-x", view)
    describe(
        "fiscal.certificate_kept",
        gettext_lazy("subió el certificado de %(holder)s"),
        "certificate",
        view,
    )
    describe(
        "fiscal.certificate_dropped",
        gettext_lazy("quitó el certificado de %(holder)s"),
        "certificate-off",
        view,
    )
    describe("fiscal.retried", gettext_lazy("volvió a enviar a la AEAT"), "refresh", view)
    describe("fiscal.checked", gettext_lazy("comprobó la cadena de registros"), "link", view)
    describe("fiscal.exported", gettext_lazy("exportó los registros"), "file-zip", view)
    describe(
        "fiscal.producer_changed",
        gettext_lazy("cambió los datos de la declaración responsable"),
        "file-certificate",
        view,
    )
    describe(
        "fiscal.declared",
        gettext_lazy("firmó la declaración responsable de la versión %(version)s"),
        "file-certificate",
        view,
    )
    describe("fiscal.leaving", gettext_lazy("cambió hasta cuándo usa VERI*FACTU"), "calendar", view)
    describe(
        "fiscal.numbers_confirmed",
        gettext_lazy("confirmó los últimos números tras restaurar una copia"),
        "list-numbers",
        view,
    )


def _answered(data: dict[str, Any]) -> str:
    code = data.get("code") or ""
    if data.get("state") == RecordState.REJECTED:
        return _("recibió de la AEAT un rechazo (%(code)s)") % {"code": code}
    return _("recibió de la AEAT un aviso (%(code)s)") % {"code": code}
