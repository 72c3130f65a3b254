"""How the documents of a company look, and what they say to each one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from lonja.accounts.models import Company
from lonja.billing import kinds
from lonja.billing.models import Series
from lonja.billing.paper import TEMPLATES
from lonja.kit.languages import LANGUAGES
from lonja.kit.text import clean_line
from lonja.ui.forms import Switch


class StyleForm(forms.Form):
    template = forms.ChoiceField(label=_("Plantilla"), widget=forms.RadioSelect)
    ticket = forms.BooleanField(
        label=_("Las simplificadas, en tique de 80 mm"),
        required=False,
        widget=Switch,
        help_text=_("Para impresora de rollo. Si no, en A4 como las demás."),
    )
    language = forms.ChoiceField(
        label=_("Idioma de la vista previa"), choices=LANGUAGES.items(), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = [  # type: ignore[attr-defined]
            (code, format_html("<b>{}</b>. {}", name, hint))
            for code, (name, hint, _path) in TEMPLATES.items()
        ]


class MessageForm(forms.Form):
    """A message for a kind of document, a series and a language."""

    kind = forms.ChoiceField(label=_("Tipo"), required=False)
    series = forms.ModelChoiceField(
        Series.objects.none(), label=_("Serie"), required=False, empty_label=_("Todas las series")
    )
    language = forms.ChoiceField(label=_("Idioma"), choices=LANGUAGES.items())
    text = forms.CharField(
        label=_("Mensaje"),
        required=False,
        max_length=200,
        help_text=_("Vacío: esos documentos salen sin mensaje."),
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("Todos los tipos")), *kinds.choices()]  # type: ignore[attr-defined]
        rows = Series.objects.filter(company=company, is_active=True).order_by("code")
        self.fields["series"].queryset = rows  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        return clean_line(self.cleaned_data["text"])
