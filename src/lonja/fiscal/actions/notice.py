"""What everybody is told while records wait because of a failure (Orden HAC/1177/2024, art. 17)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lonja.accounts.models import Organisation
from lonja.accounts.scope import current_organisation_id
from lonja.fiscal.models import Chain, Channel


def refresh_notice() -> None:
    """Write or clear the notice of the organisation in scope.

    It is a column of the organisation, which every page has already read: it costs no query.
    """
    parts = []
    failing = Channel.objects.filter(failing_since__isnull=False).select_related("company")
    for channel in failing.order_by("pk"):
        chains = Chain.objects.filter(nif=channel.nif, environment=channel.environment)
        waiting = sum(chain.waiting for chain in chains)
        if not waiting or channel.failing_since is None:
            continue
        since = timezone.localtime(channel.failing_since, channel.company.zone)
        text = ngettext(
            "%(n)s registro de factura espera para enviarse a la AEAT desde el %(day)s a las "
            "%(time)s.",
            "%(n)s registros de factura esperan para enviarse a la AEAT desde el %(day)s a las "
            "%(time)s.",
            waiting,
        ) % {"n": waiting, "day": f"{since:%d/%m}", "time": f"{since:%H:%M}"}
        parts.append(text)
    notice = " ".join(parts)
    if notice:
        notice += " " + _("Puedes seguir facturando: se enviarán solos.")
    rows = Organisation.objects.filter(pk=current_organisation_id())
    rows.exclude(notice=notice[:300]).update(notice=notice[:300])
