"""Auditing a chain and writing its records out, for whoever has to see them."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lonja.accounts.models import Company, Membership
from lonja.accounts.snapshot import one_view
from lonja.activity import record
from lonja.files import store
from lonja.files.models import StoredFile
from lonja.fiscal.audit import audit
from lonja.fiscal.models import Chain, Record
from lonja.fiscal.verifactu.chain import ChainReport
from lonja.jobs import progress

_COLUMNS = (
    *("chain__installation", "chain__environment", "position", "operation", "is_amendment"),
    *("issuer_nif", "number", "issued_on", "invoice_type", "tax_text", "total_text"),
    *("previous_huella", "huella", "generated_at", "qr_url", "state", "csv", "error_code"),
    *("error_text", "settled_at"),
)
_HEADS = (
    *("instalacion", "entorno", "posicion", "operacion", "subsanacion", "nif_emisor", "numero"),
    *("fecha_expedicion", "tipo", "cuota_total", "importe_total", "huella_anterior", "huella"),
    *("fecha_hora_huso", "qr", "estado", "csv_aeat", "codigo_error", "texto_error", "resuelto"),
)
_README = (
    "Registros de facturación de Lonja (VERI*FACTU).\n\n"  # literal
    "registros.csv: una fila por registro, separada por punto y coma, en UTF-8.\n"  # literal
    "xml/: cada registro exactamente como se generó y se envió.\n"  # literal
)


def check(chain: Chain, *, by: Membership | None) -> ChainReport:
    """Audit a chain and write in the history that it was. A whole chain silences its alarm.

    The head and the records are read at one moment: what is issued meanwhile breaks nothing.
    """
    with one_view():
        chain = Chain.objects.get(pk=chain.pk)
        report = audit(chain)
    with transaction.atomic():
        if report.ok:
            Chain.objects.filter(pk=chain.pk).update(alarm_code="", alarm="", alarm_at=None)
        else:
            text = _("Cadena rota en el registro %(n)s (%(number)s): %(why)s") % {
                "n": report.broken_at,
                "number": report.number,
                "why": report.message,
            }
            Chain.objects.filter(pk=chain.pk).update(
                alarm_code="chain", alarm=text[:300], alarm_at=timezone.now()
            )
        record(by, "fiscal.checked", chain, checked=report.checked, broken_at=report.broken_at)
    return report


def export(
    company: Company, *, since: date | None, until: date | None, by: Membership | None
) -> StoredFile:
    """A zip with the XML of each record of a company and a table of them all."""
    rows: Any = Record.objects.filter(chain__company=company).order_by("chain_id", "position")
    if since:
        rows = rows.filter(issued_on__gte=since)
    if until:
        rows = rows.filter(issued_on__lte=until)
    total = rows.count()
    table, packed = io.StringIO(), io.BytesIO()
    writer = csv.writer(table, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEADS)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LEEME.txt", _README)
        found = rows.values_list("chain_id", "xml", *_COLUMNS).iterator(chunk_size=500)
        for done, (chain_id, xml, *values) in enumerate(found, start=1):
            writer.writerow(["" if value is None else str(value) for value in values])
            position = values[2]
            archive.writestr(f"xml/{chain_id}/{position:08d}.xml", xml)
            if done % 500 == 0:
                progress(done, total)
        archive.writestr("registros.csv", "\ufeff" + table.getvalue())
    progress(total, total)
    name = f"Registros VERIFACTU {company.nif} {company.today():%Y%m%d}.zip"
    with transaction.atomic():
        file = store(name, packed.getvalue(), "application/zip")
        record(by, "fiscal.exported", company, records=total)
    return file
