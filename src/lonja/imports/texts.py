"""Names of the groups of errors and notices, for the summary. Importers may add their own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

TITLES = {
    "name_missing": _("Falta el nombre"),
    "nif_control": _("NIF con la letra o el dígito equivocado"),
    "nif_format": _("Eso no es un NIF"),
    "nif_missing": _("Sin NIF"),
    "vat_format": _("NIF-IVA con otra forma"),
    "vat_control": _("NIF-IVA con el dígito equivocado"),
    "vat_country": _("NIF-IVA de otro país"),
    "email_invalid": _("Correo no válido"),
    "amount_invalid": _("Número no válido"),
    "quantity_invalid": _("Cantidad no válida"),
    "percent_invalid": _("Porcentaje no válido"),
    "date_invalid": _("Fecha no válida"),
    "days_invalid": _("Días no válidos"),
    "iban_invalid": _("IBAN no válido"),
    "country_unknown": _("País desconocido"),
    "agent_unknown": _("Agente desconocido"),
    "agent_inactive": _("Agente inactivo"),
    "agent_not_yours": _("Fuera de tu equipo"),
    "not_yours": _("Lo lleva otra persona"),
    "duplicate_in_file": _("Repetido en el fichero"),
    "postcode_zero_restored": _("Código postal sin su cero"),
    "postcode_invalid": _("Código postal dudoso"),
    "payment_method_unknown": _("Forma de pago desconocida"),
    "client_archived": _("Cliente archivado"),
    "text_cut": _("Texto recortado"),
    "code_missing": _("Falta la referencia"),
    "tax_category_unknown": _("Impuesto desconocido"),
}


def title_of(code: str, fallback: str) -> str:
    """The name of a group; the message of its first row when nobody named it."""
    return str(TITLES.get(code, fallback))


def name_group(code: str, title: object) -> None:
    """Name the group of a code of a room's own (in `apps.ready()`)."""
    TITLES[code] = title  # type: ignore[assignment]
