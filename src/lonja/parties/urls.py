from django.urls import path

from lonja.parties.tables import ClientTable
from lonja.parties.views import clients, contacts, ficha, inplace
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
]
