"""Invented data of the gallery: the company of the drawings and its customers."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lonja.ui import charts
from lonja.ui import forms as ui_forms
from lonja.ui.gallery.table import SLA_TONES, sample_tasks

TODAY = date(2026, 11, 21)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Razón social"), help_text=_("Como figura en la escritura."))
    nif = ui_forms.NifField(label=_("NIF"))
    iban = ui_forms.IbanField(label=_("IBAN"), required=False)
    amount = ui_forms.MoneyField(label=_("Importe"), help_text=_("Admite sumas: 3*38"))
    day = ui_forms.SpanishDateField(label=_("Vencimiento"), help_text=_("21/11, hoy o +30"))
    discount = ui_forms.PercentField(label=_("Descuento"), required=False)
    accent = ui_forms.ColorField(label=_("Color de marca"), initial="#0e7c86")
    family = forms.ChoiceField(
        label=_("Forma de pago"),
        choices=[("t", "Transferencia · 30 días"), ("r", "Recibo domiciliado"), ("b", "Bizum")],
        widget=ui_forms.SearchSelect(),
    )
    series = forms.ChoiceField(
        label=_("Serie"), choices=[("f", "F · Ventas"), ("r", "R · Rectificativas")]
    )
    kind = forms.ChoiceField(
        label=_("¿Quién lo gestiona?"),
        choices=[("u", _("Usuario")), ("r", _("Rol")), ("n", _("Nadie"))],
        widget=forms.RadioSelect,
        initial="u",
    )
    notes = forms.CharField(label=_("Notas"), widget=forms.Textarea, required=False)
    shared = forms.BooleanField(label=_("Compartir con el equipo"), required=False)
    active = forms.BooleanField(
        label=_("Activo"), required=False, widget=ui_forms.Switch, initial=True
    )


WRONG = {
    "name": "",
    "nif": "B12345675",
    "amount": "1.2.3",
    "day": "31/02",
    "accent": "rojo",
    "family": "t",
    "series": "f",
    "kind": "u",
}


def home() -> dict[str, Any]:
    months = ["nov.", "dic.", "ene. 27", "feb.", "mar.", "abr."]
    return {
        "spark_a": [15.1, 15.4, 15.9, 16.0, 16.6, 16.9, 17.4, 18.06, 18.64],
        "spark_b": [38, 44, 41, 52, 47, 58, 55, 61, 64],
        "forecast": charts.bars(
            months,
            [
                (_("Facturado"), [4120000, 980000, 240000, 0, 0, 0]),
                (_("Recurrente"), [1160000, 1790000, 1864000, 1864000, 1890000, 1890000]),
                (_("Presupuestos ponderados"), [520000, 1430000, 1690000, 1240000, 910000, 620000]),
            ],
            stacked=True,
            head=_("Mes"),
        ),
        "mrr": charts.bars(
            [
                "dic. 25",
                "ene.",
                "feb.",
                "mar.",
                "abr.",
                "may.",
                "jun.",
                "jul.",
                "ago.",
                "sep.",
                "oct.",
                "nov.",
            ],
            [
                (
                    "MRR",
                    [
                        n * 10000
                        for n in (142, 146, 151, 154, 159, 160, 166, 169, 171, 174, 181, 186)
                    ],
                )
            ],
            head=_("Mes"),
            axis=False,
            zero=False,
        ),
        "moves": [
            ("Nuevo", 124000, "up"),
            ("Ampliación", 31000, "up"),
            ("Reducción", -54750, "down"),
            ("Baja", -42000, "down"),
        ],
        "tasks": [(t, SLA_TONES[t.sla]) for t in sample_tasks()[:4]],
        "tickets": [
            ("Averías", 5, 100, "38 min", "prog-bad"),
            ("Mantenimiento", 4, 80, "1 h 12 min", "prog-ok"),
            ("Administración", 2, 40, "2 h 05 min", ""),
            ("Tienda en línea", 1, 20, "16 min", "prog-warn"),
        ],
        "debts": [
            ("Residencia Les Palmeres", "F2026/0344", 423500, TODAY - timedelta(38)),
            ("Hotel Mirador de la Bahía", "F2026/0371", 114950, TODAY - timedelta(7)),
            ("Talleres Benimaclet", "F2026/0366", 302550, TODAY - timedelta(4)),
        ],
        "ages": [(70, "c1"), (15, "warn"), (15, "bad")],
        "today": TODAY,
    }


def ficha() -> dict[str, Any]:
    invoices = [
        ("F2026/0412", (2026, 11, 21), (2026, 12, 21), "Emitida", "info", 145200, 0, 145200),
        (
            "F2026/0398",
            (2026, 11, 5),
            (2026, 12, 5),
            "Cobro parcial",
            "warn",
            217800,
            30250,
            187550,
        ),
        ("F2026/0371", (2026, 10, 15), (2026, 11, 14), "Vencida", "bad", 114950, 0, 114950),
        ("F2026/0352", (2026, 10, 2), (2026, 11, 1), "Cobrada", "ok", 254100, 18150, 0),
        ("F2026/0339", (2026, 9, 18), (2026, 10, 18), "Cobrada", "ok", 50820, 0, 0),
        ("F2026/0310", (2026, 9, 1), (2026, 10, 1), "Cobrada", "ok", 363000, 0, 0),
    ]
    fields = ("number", "day", "due", "status", "tone", "total", "used", "pending")
    rows = [SimpleNamespace(**dict(zip(fields, row, strict=True))) for row in invoices]
    for row in rows:
        row.day, row.due = date(*row.day), date(*row.due)
    credits = [
        SimpleNamespace(
            number="R2026/0009",
            day=date(2026, 11, 12),
            fixes="F2026/0339",
            why="Error en el precio",
            total=-18150,
            used=0,
            left=18150,
        ),
        SimpleNamespace(
            number="R2026/0007",
            day=date(2026, 10, 28),
            fixes="F2026/0310",
            why="Devolución de 2 equipos",
            total=-48400,
            used=48400,
            left=0,
        ),
    ]
    facts = [
        ("Pendiente", "4.477,00 €", ""),
        ("Vencido", "1.149,50 €", "bad"),
        ("Saldo a favor", "181,50 €", "ok"),
        ("Facturado 12 meses", "38.412,60 €", ""),
        ("MRR", "420,00 €", ""),
        ("Plazo medio de cobro", "34 días", ""),
    ]
    tabs = [
        ("Resumen", ""),
        ("Actividad", ""),
        ("Ventas", ""),
        ("Ofertas y presupuestos", 2),
        ("Tareas", 3),
        ("Tickets", 1),
        ("Servicios", 2),
        ("Documentos", ""),
    ]
    return {
        "invoices": rows,
        "credits": credits,
        "facts": [{"label": k, "text": v, "tone": tone} for k, v, tone in facts],
        "tabs": [{"label": k, "count": n, "url": "?", "current": k == "Ventas"} for k, n in tabs],
        "sums": (1145870, 48400, 447700),
    }


def editor() -> dict[str, Any]:
    lines = [
        (
            "Mantenimiento preventivo de climatización",
            "Cuota de noviembre de 2026 · contrato M-118",
            "1",
            "420,00",
            "",
            "420,00 €",
        ),
        (
            "Compresor Daikin RXM35",
            "Garantía de 2 años · n.º de serie 4417-A",
            "1",
            "612,00",
            "5",
            "581,40 €",
        ),
        ("Mano de obra de técnico frigorista", "", "3,5", "38,00", "", "133,00 €"),
        ("Desplazamiento · zona Marina Alta", "", "1", "25,60", "", "25,60 €"),
    ]
    return {
        "lines": lines,
        "totals": [("Base imponible", 116000), ("IVA 21 %", 24360), ("Saldo utilizado", -18150)],
        "grand": 122210,
    }
