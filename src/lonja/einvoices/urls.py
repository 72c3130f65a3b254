from django.urls import path

from lonja.einvoices.models import Format
from lonja.einvoices.views import face, out, profile, settings

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
    path("configuracion/facturacion-electronica/", settings.settings, name="settings"),
    path(
        "configuracion/facturacion-electronica/certificados/<int:pk>/retirada/",
        settings.certificate_drop,
        name="certificate_drop",
    ),
]
