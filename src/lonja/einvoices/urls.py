from django.urls import path

from lonja.einvoices.models import Format
from lonja.einvoices.tables import ReceivedTable
from lonja.einvoices.views import face, out, profile, received, settings
from lonja.ui.tables import list_urls

app_name = "einvoices"

# Where each copy is, after `facturas/<id>/`.
PATHS = {
    Format.FACTURAE: "facturae",
    Format.UBL: "ubl",
    Format.CII: "cii",
    Format.FACTURX: "factur-x",
    Format.UBL_COPY: "copia-fiel",
}

urlpatterns = [
    *(
        path(
            f"facturas/<int:pk>/{place}/",
            out.download,
            {"kind": kind.value},
            name=f"download_{kind.value}",
        )
        for kind, place in PATHS.items()
    ),
    path("facturas/<int:pk>/electronica/", out.invoice_card, name="invoice_card"),
    path("facturas/<int:pk>/face/", face.present, name="face_present"),
    path("facturas/<int:pk>/face/consulta/", face.refresh, name="face_refresh"),
    path("facturas/<int:pk>/face/anulacion/", face.cancel, name="face_cancel"),
    path("facturas/<int:pk>/face/registro/", face.number, name="face_number"),
    path("facturas/<int:pk>/estado-electronico/", face.status, name="status_new"),
    path("clientes/<int:party_id>/facturacion-electronica/", profile.client_tab, name="client_tab"),
    path(
        "clientes/<int:party_id>/facturacion-electronica/editar/",
        profile.profile_edit,
        name="profile_edit",
    ),
    *list_urls("facturas-recibidas/", ReceivedTable, name="received_list"),
    path("facturas-recibidas/nueva/", received.received_new, name="received_new"),
    path("facturas-recibidas/<int:pk>/", received.received, name="received"),
    path("facturas-recibidas/<int:pk>/fichero/", received.received_file, name="received_file"),
    *(
        path(
            f"facturas-recibidas/<int:pk>/{what}/",
            received.received_answer,
            {"what": what},
            name=f"received_{state.value}",
        )
        for what, state in received.ANSWERS.items()
    ),
    path(
        "facturas-recibidas/<int:pk>/deshacer/",
        received.received_take_back,
        name="received_take_back",
    ),
    path("configuracion/facturacion-electronica/", settings.settings, name="settings"),
    path(
        "configuracion/facturacion-electronica/certificados/<int:pk>/retirada/",
        settings.certificate_drop,
        name="certificate_drop",
    ),
]
