from django.urls import path

from lonja.fiscal.views import invoice, overview, records, settings

app_name = "fiscal"
_HOME = "configuracion/verifactu/"

urlpatterns = [
    path(_HOME, overview.overview, name="overview"),
    path(f"{_HOME}certificado/", overview.certificate, name="certificate"),
    path(f"{_HOME}certificado/<int:pk>/baja/", overview.certificate_drop, name="certificate_drop"),
    path(f"{_HOME}reintento/", overview.retry, name="retry"),
    path(f"{_HOME}permanencia/", overview.leave, name="leave"),
    path(f"{_HOME}cadenas/<int:pk>/comprobacion/", overview.audit, name="audit"),
    path(f"{_HOME}exportacion/", overview.export, name="export"),
    path(f"{_HOME}exportacion/<int:pk>/", records.export_file, name="export_file"),
    path(f"{_HOME}registros/<int:pk>/", records.record, name="record"),
    path(f"{_HOME}registros/<int:pk>/xml/", records.record_xml, name="record_xml"),
    path(f"{_HOME}registros/<int:pk>/subsanacion/", records.record_amend, name="record_amend"),
    path(f"{_HOME}registros/<int:pk>/reenvio/", records.record_resend, name="record_resend"),
    path(f"{_HOME}registros/<int:pk>/consulta/", records.record_ask, name="record_ask"),
    path(f"{_HOME}envios/<int:pk>/", records.submission, name="submission"),
    path(f"{_HOME}envios/<int:pk>/<slug:which>/", records.submission_xml, name="submission_xml"),
    path(f"{_HOME}declaracion/", settings.declaration, name="declaration"),
    path(f"{_HOME}declaracion/firma/", settings.declaration_sign, name="declaration_sign"),
    path(f"{_HOME}declaracion/<int:pk>/", settings.declaration_signed, name="declaration_signed"),
    path("configuracion/ultimos-numeros/", settings.numbers, name="numbers"),
    path("facturas/<int:pk>/aeat/", invoice.invoice_panel, name="invoice_panel"),
    path("facturas/<int:pk>/qr/", invoice.invoice_qr, name="invoice_qr"),
    path("facturas/<int:pk>/anulacion/", invoice.invoice_void, name="invoice_void"),
    path("facturas/comprobacion/", invoice.preflight, name="preflight"),
]
