from django.urls import path

from lonja.parties.lead_table import LeadTable
from lonja.parties.tables import ClientTable
from lonja.parties.views import clients, contacts, ficha, inplace, leads, merge, settings
from lonja.ui.tables import list_urls

app_name = "parties"

urlpatterns = [
    *list_urls("clientes/", ClientTable, name="client_list"),
    path("clientes/nuevo/", clients.client_new, name="client_new"),
    path("clientes/opciones/", clients.client_options, name="client_options"),
    path("clientes/parecidos/", clients.client_lookalikes, name="client_lookalikes"),
    path("clientes/<int:pk>/", ficha.client, name="client"),
    path("clientes/<int:pk>/resumen/", ficha.client_summary, name="client_summary"),
    path("clientes/<int:pk>/actividad/", ficha.client_activity, name="client_activity"),
    path("clientes/<int:pk>/edicion/", clients.client_edit, name="client_edit"),
    path("clientes/<int:pk>/campo/<slug:name>/", inplace.field, name="client_field"),
    path("clientes/<int:pk>/archivo/", clients.client_archive, name="client_archive"),
    path("clientes/<int:pk>/restauracion/", clients.client_restore, name="client_restore"),
    path("clientes/<int:pk>/vies/", clients.client_vies, name="client_vies"),
    path("clientes/<int:pk>/bloqueo/", clients.client_block, name="client_block"),
    path("clientes/<int:pk>/desbloqueo/", clients.client_unblock, name="client_unblock"),
    path("clientes/<int:pk>/contactos/nuevo/", contacts.contact_new, name="contact_new"),
    path(
        "clientes/<int:pk>/contactos/<int:contact_pk>/", contacts.contact_edit, name="contact_edit"
    ),
    path(
        "clientes/<int:pk>/contactos/<int:contact_pk>/borrado/",
        contacts.contact_drop,
        name="contact_drop",
    ),
    *list_urls("potenciales/", LeadTable, name="lead_list"),
    path("potenciales/nuevo/", leads.lead_new, name="lead_new"),
    path("potenciales/<int:pk>/", leads.lead, name="lead"),
    path("potenciales/<int:pk>/estado/", leads.lead_move, name="lead_move"),
    path("potenciales/<int:pk>/descarte/", leads.lead_discard, name="lead_discard"),
    path("potenciales/<int:pk>/conversion/", leads.lead_convert, name="lead_convert"),
    path("clientes/duplicados/", merge.duplicates, name="duplicates"),
    path("clientes/<int:pk>/union/", merge.merge_with, name="merge_with"),
    path("clientes/<int:pk>/union/<int:other_pk>/", merge.merge, name="merge"),
    path("clientes/<int:pk>/distinto/<int:other_pk>/", merge.not_duplicate, name="not_duplicate"),
    path("clientes/uniones/<int:pk>/deshecho/", merge.merge_undo, name="merge_undo"),
    path("configuracion/potenciales/", settings.lead_settings, name="lead_settings"),
    path("configuracion/potenciales/cualificacion/", settings.qualification, name="qualification"),
    path("configuracion/potenciales/habituales/", settings.sources_usual, name="sources_usual"),
    path("configuracion/potenciales/origenes/nuevo/", settings.source_new, name="source_new"),
    path("configuracion/potenciales/origenes/<int:pk>/", settings.source_edit, name="source_edit"),
    path(
        "configuracion/potenciales/origenes/<int:pk>/uso/",
        settings.source_switch,
        name="source_switch",
    ),
]
