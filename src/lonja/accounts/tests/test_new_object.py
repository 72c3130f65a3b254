"""Instances made in a hurry are those that Django would make."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from lonja.accounts.bulk import insert_objects, new_object
from lonja.billing.models import Invoice
from lonja.parties.models import Party

EXACT_MOMENTS = {"created_at", "updated_at", "issued_on"}


def _columns(obj: Any) -> dict[str, Any]:
    return {
        field.attname: getattr(obj, field.attname)
        for field in obj._meta.concrete_fields
        if field.attname not in EXACT_MOMENTS
    }


def test_an_instance_made_in_a_hurry_is_the_one_django_makes(lonja):
    party = Party.objects.create(name="Hotel Mirador", nif="B12345674")
    values = {"company": lonja.company, "party": party, "series": None, "due_on": date(2026, 12, 1)}
    hurried, usual = new_object(Invoice, **values), Invoice(**values)
    assert _columns(hurried) == _columns(usual)
    assert hurried.party is party and hurried.company is lonja.company
    assert hurried._state.adding


def test_two_of_them_share_no_list(lonja):
    first, second = new_object(Invoice, company=lonja.company), new_object(Invoice)
    first.legends.append("Inversión del sujeto pasivo")
    assert second.legends == []


def test_it_is_saved_with_its_organisation(lonja):
    party = new_object(Party, name="Hotel Mirador", updated_at=timezone.now())
    insert_objects([party])
    assert Party.objects.get().organisation_id == lonja.pk == party.organisation_id
