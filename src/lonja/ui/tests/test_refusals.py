"""Where a form shows what the house refuses."""

from __future__ import annotations

import pytest
from django import forms

from lonja.kit.errors import Refused
from lonja.ui.shortcuts import refuse_into


class PersonForm(forms.Form):
    name = forms.CharField()
    nif = forms.CharField()


@pytest.fixture
def form():
    return PersonForm({"name": "Ana", "nif": "1"})


def test_a_refusal_is_shown_beside_the_field_it_names(form):
    refuse_into(form, Refused("nif", "El NIF no es correcto.", field="nif"))
    assert form.errors == {"nif": ["El NIF no es correcto."]}


def test_a_refusal_of_several_fields_says_each_its_own(form):
    texts = {"name": "Falta el apellido.", "nif": "No es un NIF."}
    refuse_into(form, Refused("person", "Faltan datos.", fields=texts))
    assert form.errors == {name: [text] for name, text in texts.items()}


@pytest.mark.parametrize("more", [{}, {"field": "other"}, {"fields": {"other": "No."}}])
def test_a_refusal_of_nothing_on_the_form_is_shown_above(form, more):
    refuse_into(form, Refused("closed", "Ya está cerrada.", **more))
    assert form.non_field_errors() == ["Ya está cerrada."]
