"""Invoice types as data: one entry each, and no `if kind ==` anywhere else."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """What distinguishes a type of invoice.

    `legal`: the type by law, as the tax rules know it (F1, F2, F3, R1 to R5). `series_use`: which
    series may number it (`Series.use`; RD 1619/2012 art. 6.1.a). `names_recipient`: it says who it
    is for; `needs_identity`: with the NIF (art. 6.1.d). `corrects`: it rectifies other invoices;
    `substitutes`: it replaces simplificadas (art. 7.4 and 15.7); `recapitulates`: it gathers the
    operations of a month (art. 13); `qualified`: a simplificada that lets its recipient deduct
    (art. 7.2). `gross_prices`: its prices may include the tax (art. 7.1.f; a full one gives them
    without, art. 6.1.f). `own_category`: the way of being taxed that only it may carry, and all of
    its lines do (a series apart, art. 6.1.a.4.º). `keeps_recipient`: its client is that of the
    invoices it names. `hint`: one line that tells people when to choose it.
    """

    code: str
    label: object
    title: str  # as printed on the document, in Spanish
    legal: str
    series_use: str
    hint: object = ""
    names_recipient: bool = True
    needs_identity: bool = True
    corrects: bool = False
    substitutes: bool = False
    recapitulates: bool = False
    qualified: bool = False
    gross_prices: bool = False
    keeps_recipient: bool = False
    own_category: str = ""
    is_fiscal: bool = True

    @property
    def is_simplified(self) -> bool:
        """Whether the limits of art. 4 RD 1619/2012 hold for it."""
        return self.legal == "F2" or self.qualified

    @property
    def has_references(self) -> bool:
        """Whether it names other invoices."""
        return self.corrects or self.substitutes or self.recapitulates

    @property
    def starts_blank(self) -> bool:
        """Whether an empty editor may begin with it; the others begin from other documents."""
        return self.is_fiscal and not (self.corrects or self.substitutes)


ORDINARY = "ordinary"
SIMPLIFIED = "simplified"
QUALIFIED = "qualified"
RECAP = "recap"
REVERSE_GOODS = "reverse_goods"
SUBSTITUTE = "substitute"
R1, R2, R3, R4, R5 = "r1", "r2", "r3", "r4", "r5"
PROFORMA = "proforma"


def _corrective(legal: str, label: object, hint: object, *, named: bool = True) -> Kind:
    return Kind(
        legal.lower(),
        label,
        "Factura rectificativa",
        legal,
        series_use="corrective",
        hint=hint,
        names_recipient=named,
        needs_identity=named,
        corrects=True,
        gross_prices=not named,
        # R4 puts its data right, the client's too.
        keeps_recipient=legal != "R4",
    )


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            ORDINARY,
            _("Ordinaria"),
            "Factura",
            "F1",
            series_use="ordinary",
            hint=_("La de siempre: completa y con los datos del cliente."),
        ),
        Kind(
            SIMPLIFIED,
            _("Simplificada"),
            "Factura simplificada",
            "F2",
            series_use="simplified",
            hint=_("El tique: sin datos del cliente, hasta 400 € o 3.000 € según la actividad."),
            names_recipient=False,
            needs_identity=False,
            gross_prices=True,
        ),
        Kind(
            QUALIFIED,
            _("Simplificada cualificada"),
            "Factura simplificada",
            "F1",
            series_use="simplified",
            hint=_("Un tique con el NIF del cliente y la cuota aparte, para que pueda deducirla."),
            qualified=True,
            gross_prices=True,
        ),
        Kind(
            RECAP,
            _("Recapitulativa"),
            "Factura recapitulativa",
            "F1",
            series_use="ordinary",
            hint=_("Una sola factura con las operaciones de un cliente en un mes."),
            recapitulates=True,
        ),
        Kind(
            REVERSE_GOODS,
            _("Inversión del sujeto pasivo, en serie propia"),
            "Factura",
            "F1",
            series_use="reverse",
            hint=_(
                "Móviles, consolas, portátiles, tabletas y metales a quien los revende: la ley "
                "pide una serie aparte."
            ),
            own_category="isp_bienes",
        ),
        Kind(
            SUBSTITUTE,
            _("En sustitución de simplificadas"),
            "Factura en sustitución de simplificadas",
            "F3",
            series_use="ordinary",
            hint=_("Cambia uno o varios tiques por una factura completa."),
            substitutes=True,
        ),
        _corrective(
            "R1",
            _("Rectificativa R1"),
            _("Devolución, descuento posterior, operación anulada o error de derecho."),
        ),
        _corrective("R2", _("Rectificativa R2"), _("El cliente está en concurso de acreedores.")),
        _corrective("R3", _("Rectificativa R3"), _("Crédito incobrable.")),
        _corrective(
            "R4",
            _("Rectificativa R4"),
            _("Las demás: datos equivocados que no cambian el impuesto."),
        ),
        _corrective(
            "R5", _("Rectificativa R5"), _("Corrige una factura simplificada."), named=False
        ),
        Kind(
            PROFORMA,
            _("Proforma"),
            "Factura proforma",
            legal="",
            series_use="",
            hint=_("No es una factura: enseña al cliente lo que se le facturará."),
            needs_identity=False,
            is_fiscal=False,
        ),
    )
}

# Series that a company gets the first time it needs one: use → code, name, prefix.
SERIES_USES: dict[str, tuple[str, object, str]] = {
    "ordinary": ("F", _("Ventas"), "F"),
    "simplified": ("T", _("Simplificadas"), "T"),
    "corrective": ("R", _("Rectificativas"), "R"),
    "reverse": ("I", _("Inversión del sujeto pasivo (art. 84.Uno.2.º.g)"), "I"),
}


def kind_of(code: str) -> Kind:
    """The entry of a code. Raises KeyError."""
    return KINDS[code]


def choices() -> list[tuple[str, object]]:
    return [(kind.code, kind.label) for kind in KINDS.values() if kind.is_fiscal]


def blank_kinds() -> list[Kind]:
    """The kinds that a new invoice may be of."""
    return [kind for kind in KINDS.values() if kind.starts_blank]


def codes(**wanted: object) -> list[str]:
    """The codes of the kinds with those attributes: `codes(corrects=True)`."""
    return [
        kind.code
        for kind in KINDS.values()
        if all(getattr(kind, name) == value for name, value in wanted.items())
    ]
