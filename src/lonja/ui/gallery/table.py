"""The list of the gallery: the tasks of the drawing, without a database behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lonja.ui import cells
from lonja.ui.tables import Action, BulkAction, ChoiceFilter, Column, DateFilter, Table
from lonja.ui.tables.table import Page


@dataclass(frozen=True)
class Task:
    pk: int
    code: str
    subject: str
    client: str
    reason: str
    state: str
    tone: str
    due: str
    late: bool
    sla: str
    manager: str
    role: bool = False

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"


def sample_tasks() -> list[Task]:
    rows = [
        (
            "T-1204",
            "Visita técnica: fuga en split",
            "Clínica Dental Ruzafa",
            "Avería",
            "En curso",
            "info",
            "Ayer 18:00",
            True,
            "No cumple",
            "Jordi Peris",
        ),
        (
            "T-1211",
            "Llamar por presupuesto P2026/0188",
            "Hotel Mirador de la Bahía",
            "Seguimiento de presupuesto",
            "Pendiente",
            "mut",
            "Hoy 10:30",
            False,
            "Si cumple",
            "Marta Soler",
        ),
        (
            "T-1207",
            "Enviar contrato de mantenimiento",
            "Cafés Alameda",
            "Contratación",
            "Pendiente",
            "mut",
            "Hoy 13:00",
            False,
            "Si cumple",
            "Núria Gil",
        ),
        (
            "T-1198",
            "Reclamar F2026/0344",
            "Residencia Les Palmeres",
            "Impago",
            "En espera",
            "warn",
            "Ayer 13:00",
            True,
            "No cumple",
            "Administración",
        ),
        (
            "T-1215",
            "Medir sala de máquinas",
            "Talleres Benimaclet",
            "Visita comercial",
            "Pendiente",
            "mut",
            "Lun. 23/11",
            False,
            "Si cumple",
            "Jordi Peris",
        ),
        (
            "T-1216",
            "Revisar datos fiscales",
            "Forn de Sant Blai",
            "Administración",
            "Pendiente",
            "mut",
            "Lun. 23/11",
            False,
            "No tiene",
            "Núria Gil",
        ),
        (
            "T-1190",
            "Instalar termostatos",
            "Gimnasio Turia",
            "Instalación",
            "Programada",
            "acc",
            "Mar. 24/11",
            False,
            "Si cumple",
            "Técnicos",
        ),
        (
            "T-1221",
            "Renovar contrato M-118",
            "Hotel Mirador de la Bahía",
            "Renovación",
            "Pendiente",
            "mut",
            "15/12/2026",
            False,
            "No tiene",
            "Jordi Peris",
        ),
        (
            "T-1222",
            "Presupuestar aerotermia",
            "Masía Can Roig",
            "Visita comercial",
            "Pendiente",
            "mut",
            "16/12/2026",
            False,
            "Si cumple",
            "Marta Soler",
        ),
        (
            "T-1225",
            "Revisión anual de calderas",
            "CEIP Jaume I",
            "Mantenimiento",
            "Programada",
            "acc",
            "18/12/2026",
            False,
            "Si cumple",
            "Técnicos",
        ),
    ]
    return [
        Task(n, *row, role=row[-1] in ("Técnicos", "Administración"))
        for n, row in enumerate(rows, 1)
    ]


SLA_TONES = {"Si cumple": "ok", "No cumple": "bad", "No tiene": "mut"}


class SampleTable(Table):
    """The tasks of the drawing, without a database behind."""

    title = _("Tareas")
    search_hint = _("Asunto, cliente o número")
    columns = [
        Column(
            "subject",
            _("Asunto"),
            key=True,
            cut=True,
            cell=lambda t: cells.format_html(
                '<span class="z tn only-d">{}</span> {}', t.code, t.subject
            ),
            card="title",
        ),
        Column("client", _("Cliente"), card="sub"),
        Column("reason", _("Motivo"), cut=True),
        Column("state", _("Estado"), cell=lambda t: cells.badge(t.state, t.tone)),
        Column(
            "due",
            _("Vence"),
            sort="due",
            cell=lambda t: cells.format_html(
                '<span class="tn nowrap{}">{}</span>', " tone-bad strong" if t.late else "", t.due
            ),
            card="sub2",
        ),
        Column(
            "sla",
            _("¿Cumple SLA?"),
            cell=lambda t: cells.badge(t.sla, SLA_TONES[t.sla]),
            card="end",
        ),
        Column("manager", _("Gestionado por"), kind="person"),
    ]
    filters = [
        ChoiceFilter(
            "sla",
            _("¿Cumple SLA?"),
            [("si", "Si cumple"), ("no", "No cumple"), ("sin", "No tiene")],
        ),
        ChoiceFilter("motivo", _("Motivo"), [("averia", "Avería"), ("impago", "Impago")]),
        ChoiceFilter("estado", _("Estado"), [("p", "Pendiente"), ("c", "En curso")]),
        DateFilter("vence", _("Vence")),
    ]
    bulk = [
        BulkAction("completar", _("Completar"), "check", each=lambda *_args: None),
        BulkAction("reasignar", _("Reasignar"), "users", each=lambda *_args: None),
        BulkAction("vencimiento", _("Cambiar vencimiento"), "clock", each=lambda *_args: None),
        BulkAction("exportar", _("Etiquetar"), "tag", each=lambda *_args: None),
    ]
    primary = Action(_("Nueva tarea"), "ui:gallery", key="c")
    default_order = "due"
    rows_shown: list[Task] = []

    def __init__(self, member: Any, params: QueryDict, rows: list[Task]) -> None:
        super().__init__(member, params)
        self.rows_shown = rows
        self.slug = "ui.sample"  # type: ignore[misc]
        self.count = 38 if rows else 0
        self.page = Page(rows, 1, "", "x" if rows else "")
        self.base = None  # type: ignore[assignment]
        self.saved_views = []

    def row_url(self, row: Task) -> str:
        return "#"

    def row_actions(self, row: Task) -> list[dict[str, Any]]:
        return [{"label": _("Abrir"), "url": "#", "icon": "external-link", "post": False}]


def tasks(member: Any, params: QueryDict, *, none: bool = False) -> SampleTable:
    return SampleTable(member, params, [] if none else sample_tasks())


TABS = [
    {"label": label, "url": "?", "current": index == 0, "count": count}
    for index, (label, count) in enumerate(
        [
            ("Abiertas", 38),
            ("Mías", 7),
            ("No cumplen SLA", 2),
            ("No tienen SLA", 11),
            ("Cerradas este mes", 64),
        ]
    )
]
