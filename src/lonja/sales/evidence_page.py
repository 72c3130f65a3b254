"""The box with the signature and the page of evidence of a signed quote, in printed words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.documents.contracts import Evidence, EvidenceEvent
from lonja.documents.contracts import Signature as SignatureBox
from lonja.sales import evidence as proof
from lonja.sales.models import Signature

EVENT_WORDS = {
    "created": gettext_lazy("Creado"),
    "published": gettext_lazy("Versión preparada"),
    "sent": gettext_lazy("Enviado"),
    "viewed": gettext_lazy("Abierto por el cliente"),
    "accepted": gettext_lazy("Firmado y aceptado"),
}


def _local(at: datetime, zone: ZoneInfo | None) -> str:
    return at.astimezone(zone or ZoneInfo("Europe/Madrid")).strftime("%d/%m/%Y, %H:%M:%S")


def signature_box(signature: Signature, zone: ZoneInfo | None) -> SignatureBox:
    return {
        "title": _("Aceptado y firmado"),
        "name": signature.signer_name,
        "nif": signature.signer_nif,
        "signed_at": _local(signature.signed_at, zone),
        "code": signature.evidence_code,
    }


def evidence_page(signature: Signature, zone: ZoneInfo | None) -> Evidence:
    facts: list[Any] = [
        {"label": _("Firmante"), "value": f"{signature.signer_name} · {signature.signer_nif}"},
        {
            "label": _("Identificación"),
            "value": _("Enlace privado enviado a %(to)s")
            % {"to": ", ".join(signature.evidence.get("sent_to", [])) or _("su destinatario")},
        },
        {
            "label": _("Forma de firmar"),
            "value": _("Trazo en pantalla") if signature.method == "drawn" else _("Nombre escrito"),
        },
        {
            "label": _("Versión mostrada"),
            "value": f"{signature.version.quote.number} v{signature.version.version}",
        },
        {"label": _("SHA-256 del documento mostrado"), "value": signature.document_sha256},
        {"label": _("Código de evidencia"), "value": signature.evidence_code},
        {"label": _("Último eslabón del registro"), "value": signature.evidence["log"][-1]["hash"]},
    ]
    if signature.image is not None:
        facts.insert(
            3, {"label": _("SHA-256 de la imagen de la firma"), "value": signature.image.sha256}
        )
    return {
        "title": _("Evidencias de la firma"),
        "intro": _(
            "Firma electrónica simple con registro de evidencias (Reglamento (UE) 910/2014, "
            "art. 25). Cada línea del registro lleva la huella de la anterior, de modo que "
            "cualquier cambio posterior se descubre."
        ),
        "facts": facts,
        "events": [_event(entry, zone) for entry in signature.evidence["log"]],
        "consents": [signature.consent_text],
    }


def _event(entry: dict[str, Any], zone: ZoneInfo | None) -> EvidenceEvent:
    at = datetime.fromisoformat(entry["at"])
    return {
        "what": str(EVENT_WORDS.get(entry["what"], entry["what"])),
        "utc": proof.moment(at),
        "local": _local(at, zone),
        "ip": entry.get("ip", ""),
        "device": entry.get("device", "")[:120],
    }
