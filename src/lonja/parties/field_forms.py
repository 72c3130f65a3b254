"""One field of a client, changed where it is read."""

from __future__ import annotations

from typing import Any

from django import forms

from lonja.accounts.models import Membership
from lonja.kit.errors import Refused
from lonja.parties.actions.identify import identify
from lonja.parties.forms import ClientForm
from lonja.parties.models import Party

# What the ficha lets change in place; the rest needs the whole form.
FIELDS = ("name", "nif", "phone", "email", "website")


class FieldForm(ClientForm):
    """The client's form with a single field: the others are left as they are."""

    def __init__(self, data: Any, *, name: str, member: Membership, party: Party) -> None:
        super().__init__(data, member=member, instance=party)
        for other in list(self.fields):
            if other not in (name, "seen"):
                del self.fields[other]
        widget = self.fields[name].widget
        for looking in ("hx-get", "hx-trigger", "hx-target", "hx-include", "hx-sync"):
            widget.attrs.pop(looking, None)
        widget.attrs["autofocus"] = True
        self.fields["seen"] = forms.CharField(
            required=False, widget=forms.HiddenInput({"id": f"id_seen_{name}"})
        )

    def _identify(self, data: dict[str, Any]) -> None:
        if not data.get("nif"):
            return
        try:
            found = identify(data["nif"], self.instance.country, id_type=self.instance.id_type)
        except Refused as refused:
            self.add_error("nif", str(refused))
        else:
            data["nif"] = found.value
