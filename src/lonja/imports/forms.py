"""Choosing a file, and saying which column is what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lonja.imports.models import ImportRun
from lonja.kit.spreadsheets import MAX_BYTES

ACCEPTED = ".xlsx,.xls,.ods,.csv,.txt,.tsv"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Fichero"),
        allow_empty_file=True,
        error_messages={"required": _("Elige un fichero.")},
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("El fichero pesa más de %(most)s MB. Divídelo en partes.")
                % {"most": MAX_BYTES // 1_048_576}
            )
        return file


class ColumnsForm(forms.Form):
    """One select per column of the file."""

    def __init__(self, *args: Any, run: ImportRun, samples: list[list[str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        choices = [("", _("No importar"))] + [
            (field.name, f"{field.label}{' *' if field.required else ''}")
            for field in run.importer.fields
        ]
        for at, heading in enumerate(run.headings):
            self.fields[f"col-{at}"] = forms.ChoiceField(
                label=heading or _("Columna %(n)s") % {"n": at + 1},
                choices=choices,
                required=False,
                initial=run.field_of.get(at, ""),
            )
        self.samples = samples

    def rows(self) -> list[dict[str, Any]]:
        """For the table: heading, some values, the select."""
        shown = []
        for at, heading in enumerate(self.run.headings):
            values = [row[at] for row in self.samples if at < len(row) and row[at]]
            shown.append({"heading": heading, "values": values[:3], "bound": self[f"col-{at}"]})
        return shown

    def chosen(self) -> dict[int, str]:
        """Column position → field name, "" for those left out."""
        return {at: self.cleaned_data[f"col-{at}"] for at in range(len(self.run.headings))}
