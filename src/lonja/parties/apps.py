from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartiesConfig(AppConfig):
    name = "lonja.parties"
    verbose_name = "Clientes"

    def ready(self) -> None:
        from lonja.activity.labels import describe, locate, timeline_group
        from lonja.imports import register
        from lonja.parties import merging, permissions, reports
        from lonja.parties.actions.import_clients import ClientImporter
        from lonja.parties.actions.import_leads import LeadImporter
        from lonja.ui import registry

        register(ClientImporter)
        register(LeadImporter)
        merging.stays("parties.VatCheck.party", "prueba de una consulta a VIES")
        merging.stays("parties.PartyMerge.kept", "historia de las uniones")
        merging.stays("parties.PartyMerge.other", "historia de las uniones")
        merging.stays("parties.NotDuplicate.first", "alguien las distingue")
        merging.stays("parties.NotDuplicate.second", "alguien las distingue")
        registry.nav(
            "Ventas", _("Clientes"), "parties:client_list", "users", permissions.VIEW, order=10
        )
        registry.nav(
            "Ventas", _("Potenciales"), "parties:lead_list", "target-arrow", permissions.VIEW,
            order=15,
        )  # fmt: skip
        registry.new_menu(
            _("Potencial"), "parties:lead_new", "target-arrow", permissions.EDIT, order=62, key="l"
        )
        registry.search_provider(
            _("Potenciales"), "p", permissions.VIEW, reports.find_leads, order=22
        )
        registry.settings_section(
            _("Ventas"), "potenciales", _("Potenciales"), "parties:lead_settings",
            "target-arrow", permissions.CONFIGURE, order=40,
        )  # fmt: skip
        registry.new_menu(
            _("Cliente"), "parties:client_new", "user-plus", permissions.EDIT, order=60, key="c"
        )
        registry.search_provider(
            _("Clientes"), "c", permissions.VIEW, reports.find_clients, order=20
        )
        registry.client_tab(
            "resumen", _("Resumen"), "parties:client_summary", permissions.VIEW, order=0
        )
        registry.client_tab(
            "actividad", _("Actividad"), "parties:client_activity", permissions.VIEW, order=10
        )

        for order, (slug, label, prefix) in enumerate(
            (
                ("tareas", _("Tareas"), "tasks."),
                ("llamadas", _("Llamadas"), "contact.call"),
                ("visitas", _("Visitas"), "contact.visit"),
                ("notas", _("Notas"), "contact.note"),
                ("correos", _("Correos"), "contact.mail"),
                ("presupuestos", _("Presupuestos"), "sales."),
                ("facturas", _("Facturas"), "billing."),
                ("recurrentes", _("Recurrentes"), "subscriptions."),
                ("ficha", _("Ficha"), "parties."),
            )
        ):
            timeline_group(slug, label, prefix, order=order)
        locate("parties.party", "parties:client")
        describe("parties.created", _("creó la ficha"), "user-plus")
        describe("parties.updated", _updated, "edit")
        describe("parties.agent_changed", _agent_changed, "user-share")
        describe("parties.vies", _vies, "shield-check")
        describe("parties.archived", _("archivó la ficha"), "archive")
        describe("parties.restored", _("recuperó la ficha"), "restore")
        describe("parties.blocked", _("bloqueó al cliente: %(reason)s"), "lock")
        describe("parties.unblocked", _("desbloqueó al cliente"), "lock-open")
        describe("parties.converted", _converted, "user-check")
        describe("parties.qualified", _("lo cualificó"), "star")
        describe("parties.discarded", _("lo descartó: %(reason)s"), "user-x")
        describe("parties.lead_moved", _("lo pasó a %(status)s"), "arrow-right")
        describe("parties.merged", _("unió aquí la ficha de %(other)s"), "arrows-join")
        describe("parties.merged_away", _("la unió a la ficha de %(kept)s"), "arrows-join")
        describe("parties.merge_undone", _("separó la ficha de %(other)s"), "arrows-split")
        describe("parties.not_duplicate", _("dijo que no es el mismo que %(other)s"), "users")
        describe("parties.qualification_changed", _qualification, "adjustments")
        describe("parties.source_added", _("añadió el origen"), "plus")
        describe("parties.source_renamed", _("cambió el nombre del origen «%(before)s»"), "edit")
        describe("parties.source_retired", _("retiró el origen"), "archive")
        describe("parties.source_back", _("volvió a usar el origen"), "restore")
        describe("parties.contact_added", _("añadió a %(name)s como contacto"), "address-book")
        describe("parties.contact_changed", _("cambió los datos de %(name)s"), "address-book")
        describe("parties.contact_dropped", _("quitó a %(name)s de los contactos"), "address-book")


def _updated(data: dict) -> str:
    from django.utils.translation import gettext

    from lonja.parties.reports import field_labels

    return gettext("cambió %(fields)s") % {"fields": field_labels(data.get("fields", []))}


def _converted(data: dict) -> str:
    from django.utils.translation import gettext

    if data.get("quote"):
        return gettext("pasó a cliente al firmar %(quote)s") % {"quote": data["quote"]}
    return gettext("lo convirtió en cliente")


def _qualification(data: dict) -> str:
    from django.utils.translation import gettext, ngettext

    from lonja.parties.models import Kind
    from lonja.parties.qualifying import BY_SLUG

    changes = data.get("changes", [])
    if len(changes) != 1 or changes[0]["fact"] not in BY_SLUG:
        return ngettext(
            "cambió %(n)s regla de la cualificación",
            "cambió %(n)s reglas de la cualificación",
            len(changes),
        ) % {"n": len(changes)}
    only = changes[0]
    return gettext("cambió «%(fact)s» (%(kind)s) de %(before)s a %(after)s puntos") % {
        "fact": BY_SLUG[only["fact"]].label,
        "kind": Kind(only["kind"]).label,
        "before": only["before"][0],
        "after": only["after"][0],
    }


def _agent_changed(data: dict) -> str:
    from django.utils.translation import gettext

    if not data.get("agent"):
        return gettext("dejó al cliente sin agente")
    return gettext("asignó el cliente a %(agent)s") % {"agent": data["agent"]}


def _vies(data: dict) -> str:
    from django.utils.translation import gettext

    if data.get("valid"):
        return gettext("comprobó el NIF-IVA en VIES: registrado")
    return gettext("comprobó el NIF-IVA en VIES: no registrado")
