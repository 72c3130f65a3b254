"""The box with each signature and the report of evidence of a signed quote, in printed words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lonja.documents.contracts import Evidence, EvidenceEvent, Fact
from lonja.documents.contracts import Signature as SignatureBox
from lonja.documents.figures import SPANISH, Figures
from lonja.sales import evidence as proof
from lonja.sales.models import Signature, TextKind

EVENT_WORDS = {
    "created": gettext_lazy("Creado"),
    "published": gettext_lazy("Versión preparada"),
    "sent": gettext_lazy("Enviado"),
    "viewed": gettext_lazy("Abierto por el cliente"),
    "code_sent": gettext_lazy("Código enviado"),
    "code_verified": gettext_lazy("Código comprobado"),
    "signed": gettext_lazy("Firmado por otro firmante"),
    "accepted": gettext_lazy("Firmado y aceptado"),
}
KIND_WORDS = {
    TextKind.ACCEPT: gettext_lazy("Aceptación"),
    TextKind.ACCEPT_FOR: gettext_lazy("Aceptación"),
    TextKind.CONDITIONS: gettext_lazy("Condiciones generales"),
    TextKind.BIOMETRICS: gettext_lazy("Firma biométrica"),
}
# A clock of the device that is further off than this is pointed out.
SKEW_SECONDS = 120


def _local(at: datetime, zone: ZoneInfo | None, write: Figures) -> str:
    local = at.astimezone(zone or ZoneInfo("Europe/Madrid"))
    return f"{write.day(local.date())}, {local:%H:%M:%S}"


def signature_box(signature: Signature, zone: ZoneInfo | None, write: Figures) -> SignatureBox:
    return {
        "title": _("Aceptado y firmado"),
        "image": f"signature{signature.position}",
        "name": signature.signer_name,
        "nif": signature.signer_nif,
        "signed_at": _local(signature.signed_at, zone, write),
        "code": signature.evidence_code,
    }


def evidence_report(
    signatures: Sequence[Signature],
    zone: ZoneInfo | None,
    write: Figures = SPANISH,
    *,
    accepted: str = "",
) -> Evidence:
    """Who signed, how each was identified, what they accepted, from where, and the chained log.

    `accepted`: the amount of the log, which is in Spanish, as its customer writes it.
    """
    last = signatures[-1]
    version = last.version
    facts: list[Fact] = [
        {
            "label": _("Documento"),
            "value": f"{version.content['number']} v{version.version}",
            "strong": True,
        },
        {"label": _("SHA-256 del documento mostrado"), "value": last.document_sha256},
        {"label": _("Importe aceptado"), "value": accepted or last.evidence["log"][-1]["total"]},
    ]
    for signature in signatures:
        facts += _facts(signature, zone, several=version.signatures_needed > 1)
    facts.append(
        {"label": _("Último eslabón del registro"), "value": last.evidence["log"][-1]["hash"]}
    )
    return {
        "title": _("Informe de evidencias de la firma"),
        "intro": _(
            "Registro de la firma electrónica (Reglamento (UE) 910/2014, arts. 25 y 26). Cada "
            "línea lleva la huella de la anterior, de modo que cualquier cambio posterior se "
            "descubre. Dentro de este PDF viajan el documento exacto que se mostró y el registro "
            "completo, y un sello PAdES lo cierra todo."
        ),
        "facts": facts,
        "events": [_event(entry, zone, write) for entry in last.evidence["log"]],
        "consents": [text for signature in signatures for text in _consents(signature)],
    }


def _facts(signature: Signature, zone: ZoneInfo | None, *, several: bool) -> list[Fact]:
    title = _("Firmante %(n)s") % {"n": signature.position} if several else _("Firmante")
    who = f"{signature.signer_name} · {signature.signer_nif}"
    facts: list[Fact] = [
        {"label": title, "value": who, "strong": True},
        {"label": _("Identificación"), "value": _identified(signature)},
        {"label": _("Forma de firmar"), "value": _method(signature)},
        {"label": _("Fecha y hora del servidor (UTC)"), "value": proof.moment(signature.signed_at)},
    ]
    if signature.signed_at_device is not None:
        facts.append({"label": _("Reloj del dispositivo (UTC)"), "value": _device_clock(signature)})
    for label, value in (
        (_("Dirección IP"), signature.evidence.get("ip", "")),
        (_("Dispositivo"), signature.evidence.get("device", "")),
    ):
        if value:
            facts.append({"label": label, "value": value[:300]})
    if signature.image is not None:
        facts.append(
            {"label": _("SHA-256 de la imagen de la firma"), "value": signature.image.sha256}
        )
    if signature.dynamics is not None:
        facts.append({"label": _("SHA-256 del trazo cifrado"), "value": signature.dynamics.sha256})
    facts.append({"label": _("Código de evidencia"), "value": signature.evidence_code})
    return facts


def _identified(signature: Signature) -> str:
    to = ", ".join(signature.evidence.get("sent_to", [])) or _("su destinatario")
    if signature.identified_by == "person":
        return _("En persona, ante %(name)s") % {
            "name": signature.by.name if signature.by else _("la empresa")
        }
    mailbox = signature.evidence.get("code_sent_to", "")
    if signature.identified_by == "code" and mailbox and mailbox != to:
        words = _("Enlace privado enviado a %(to)s y código de un solo uso enviado a %(code_to)s")
        return words % {"to": to, "code_to": mailbox}
    if signature.identified_by == "code":
        return _("Enlace privado y código de un solo uso enviados a %(to)s") % {"to": to}
    return _("Enlace privado enviado a %(to)s") % {"to": to}


def _method(signature: Signature) -> str:
    if signature.method == "typed":
        return _("Nombre escrito")
    if signature.dynamics is not None:
        return _("Trazo en pantalla, con su dinámica cifrada para quien guarda la clave")
    return _("Trazo en pantalla (solo la imagen)")


def _device_clock(signature: Signature) -> str:
    assert signature.signed_at_device is not None  # noqa: S101
    skew = round((signature.signed_at_device - signature.signed_at).total_seconds())
    told = proof.moment(signature.signed_at_device)
    if abs(skew) <= SKEW_SECONDS:
        return told
    return _("%(at)s (difiere %(seconds)s s del servidor, que es el que vale)") % {
        "at": told,
        "seconds": f"{skew:+d}",
    }


def _consents(signature: Signature) -> list[str]:
    if not signature.consents:
        return [signature.consent_text]
    return [
        f"{KIND_WORDS[TextKind(one['kind'])]} · "
        + (_("versión %(n)s") % {"n": one["version"]} if one["version"] else _("texto de Lonja"))
        + f" · {signature.signer_name} · SHA-256 {one['sha256']}\n{one['text']}"
        for one in signature.consents
    ]


def _event(entry: dict[str, Any], zone: ZoneInfo | None, write: Figures) -> EvidenceEvent:
    at = datetime.fromisoformat(entry["at"])
    return {
        "what": str(EVENT_WORDS.get(entry["what"], entry["what"])),
        "utc": proof.moment(at),
        "local": _local(at, zone, write),
        "ip": entry.get("ip", ""),
        "device": entry.get("device", "")[:120],
    }
