"""The embudo a company begins with. Also used by a migration: it takes the models it fills."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as noop

# (name, probability %, kind). Texts a company keeps as its own: always in Spanish at first.
STAGES = [
    (noop("Nueva"), 10, "open"),
    (noop("Cualificada"), 30, "open"),
    (noop("Propuesta enviada"), 50, "open"),
    (noop("Negociación"), 75, "open"),
    (noop("Ganada"), 100, "won"),
    (noop("Perdida"), 0, "lost"),
]
REASONS = [
    noop("Precio"),
    noop("Eligió a otro proveedor"),
    noop("No tiene presupuesto"),
    noop("Plazo de entrega"),
    noop("No responde"),
    noop("Ya no lo necesita"),
    noop("Otro motivo"),
]
END_POSITION = 1000  # «Ganada» and «Perdida» stand after every open stage


def fill(company: Any, *, stage_model: Any, reason_model: Any) -> None:
    """Give the company the stages and loss reasons it lacks altogether; never touches its own."""
    owner = {"organisation_id": company.organisation_id, "company_id": company.pk}
    if not stage_model.objects.filter(company_id=company.pk).exists():
        for position, (name, probability, kind) in enumerate(STAGES, 1):
            stage_model.objects.create(
                **owner,
                name=name,
                probability_pct=probability,
                kind=kind,
                position=position if kind == "open" else END_POSITION + position,
            )
    if not reason_model.objects.filter(company_id=company.pk).exists():
        for position, name in enumerate(REASONS, 1):
            reason_model.objects.create(**owner, name=name, position=position)
