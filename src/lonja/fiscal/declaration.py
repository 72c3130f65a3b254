"""The declaración responsable of this version, section by section (Orden HAC/1177/2024, art. 15).

Every section has its letter and title, in this order; third-party components are named with their
exact versions.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from functools import cache
from importlib import metadata
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

import lonja
from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.fiscal.models import Declaration, Producer
from lonja.fiscal.recording import SYSTEM_CODE
from lonja.kit.dates import format_date
from lonja.kit.errors import Refused

TITLE = "DECLARACIÓN RESPONSABLE DEL SISTEMA INFORMÁTICO DE FACTURACIÓN"  # literal


@cache
def components() -> tuple[str, ...]:
    """«name version» of each library this installation is made of, as its lock fixes them."""
    lock = settings.CHECKOUT_DIR / "requirements.lock"
    if lock.exists():
        found = re.findall(r"^([A-Za-z0-9_.\-\[\]]+)==([^\s;\\]+)", lock.read_text("utf-8"), re.M)
        return tuple(f"{name} {version}" for name, version in sorted(found))
    names = {re.split(r"[^A-Za-z0-9_.\-]", need)[0] for need in metadata.requires("lonja") or ()}
    return tuple(f"{name} {metadata.version(name)}" for name in sorted(names))


def sections(producer: Producer | None, on: date) -> list[list[Any]]:
    """[letter, title, text or list of texts] of each section, as of a day."""
    several = Company.objects.count() > 1
    name = producer.name if producer else ""
    return [
        ["a", "Nombre del sistema informático", "Lonja"],
        ["b", "Código identificador del sistema informático", SYSTEM_CODE],
        ["c", "Identificador completo de la versión", lonja.__version__],
        [
            "d",
            "Componentes, hardware y software, y sus funcionalidades",
            [
                "Programa web de gestión de clientes, presupuestos y facturación que se ejecuta "
                "en un servidor propio o ajeno y se usa con un navegador. Expide facturas "
                "completas, simplificadas y rectificativas; genera, encadena y conserva sus "
                "registros de facturación; y los remite a la AEAT al expedirlas.",
                "No necesita hardware específico. Guarda los datos en SQLite o PostgreSQL.",
                "Componentes de terceros: " + ", ".join(components()) + ".",
            ],
        ],
        [
            "e",
            "¿Funciona exclusivamente como VERI*FACTU?",
            "S. Solo puede usarse en la modalidad «VERI*FACTU»: remite todos los registros.",
        ],
        [
            "f",
            "¿Permite su uso por varios obligados tributarios?",
            "S. " + ("Ahora lo usan varios." if several else "Ahora lo usa uno solo."),
        ],
        [
            "g",
            "Tipos de firma de los registros de facturación y de evento",
            "Ninguno: en la modalidad «VERI*FACTU» los registros no se firman (art. 12 del RD "
            "1007/2023). La huella es SHA-256.",
        ],
        ["h", "Razón social de la entidad productora", name],
        ["i", "NIF de la entidad productora", producer.nif if producer else ""],
        ["j", "Dirección postal completa de la entidad productora", _address(producer)],
        [
            "k",
            "Declaración de cumplimiento",
            f"{name or 'La entidad productora'} hace constar que el sistema informático de "
            "facturación identificado en los apartados anteriores, en la versión indicada, cumple "
            "con lo dispuesto en el artículo 29.2.j) de la Ley 58/2003, de 17 de diciembre, "
            "General Tributaria; en el Reglamento aprobado por el Real Decreto 1007/2023, de 5 de "
            "diciembre; en la Orden HAC/1177/2024, de 17 de octubre; y en las especificaciones de "
            "la sede electrónica de la AEAT que la completan.",
        ],
        ["l", "Fecha y lugar", f"{producer.place if producer else ''}, a {format_date(on)}"],
    ]  # literal: the text of a legal document, in Spanish whatever the language of the screen


def _address(producer: Producer | None) -> str:
    if producer is None:
        return ""
    return f"{producer.address} · {producer.contact}" if producer.contact else producer.address


def digest(rows: list[list[Any]]) -> str:
    """SHA-256 of the sections, as hexadecimal."""
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def sign(on: date, *, by: Membership | None) -> Declaration:
    """Keep the declaration of this version for ever as it reads today. Raises Refused when who
    answers for it has not been said."""
    producer = Producer.objects.first()
    if producer is None:
        raise Refused(
            "no_producer",
            _("Di antes quién responde del programa en esta instalación: nombre, NIF y dirección."),
        )
    rows = sections(producer, on)
    kept, is_new = Declaration.objects.get_or_create(
        version=lonja.__version__,
        sha256=digest(rows),
        defaults={"sections": rows, "signed_on": on, "by": by},
    )
    if is_new:
        record(by, "fiscal.declared", kept, version=kept.version)
    return kept
