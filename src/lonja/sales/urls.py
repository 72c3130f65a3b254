from django.urls import path

from lonja.sales import offer_urls
from lonja.sales.follow_table import FollowTable
from lonja.sales.tables import QuoteTable
from lonja.sales.views import (
    approval,
    edit,
    follow,
    options,
    quote,
    settings,
    signing,
    sources,
    start,
    templates,
    validity,
)
from lonja.ui.tables import list_urls

app_name = "sales"

urlpatterns = [
    path("potenciales/origen/", sources.by_source, name="by_source"),
    path("potenciales/origen/<slug:figure>/", sources.source_rows, name="source_rows"),
    *list_urls("presupuestos/", QuoteTable, name="quote_list"),
    *list_urls("presupuestos/seguimiento/", FollowTable, name="follow_list"),
    path("presupuestos/seguimiento/aviso/", follow.mail_me, name="follow_mail"),
    path("presupuestos/<int:pk>/vivo/", follow.live, name="quote_live"),
    path("presupuestos/<int:pk>/contacto/<str:kind>/", follow.contact, name="quote_contact"),
    path("presupuestos/<int:pk>/validez/mas/", follow.extend_now, name="quote_extend_now"),
    path("presupuestos/nuevo/", edit.quote_new, name="quote_new"),
    path("presupuestos/plantillas/", templates.template_list, name="template_list"),
    path("presupuestos/plantillas/<int:pk>/retirada/", templates.retire, name="template_retire"),
    path("configuracion/presupuestos/", settings.settings, name="settings"),
    path("presupuestos/clientes/", options.party_options, name="party_options"),
    path("presupuestos/<int:pk>/", quote.quote, name="quote"),
    path("presupuestos/<int:pk>/editar/", edit.quote_edit, name="quote_edit"),
    path("presupuestos/<int:pk>/calculo/", edit.calculation, name="calculation"),
    path("presupuestos/<int:pk>/vista-previa/", edit.preview, name="preview"),
    path("presupuestos/<int:pk>/envio/", quote.send, name="quote_send"),
    path("presupuestos/<int:pk>/publicacion/", quote.publish, name="quote_publish"),
    path("presupuestos/<int:pk>/enlace/", quote.link, name="quote_link"),
    path("presupuestos/<int:pk>/enlace/qr.svg", quote.link_qr, name="quote_link_qr"),
    path("presupuestos/<int:pk>/pdf/", quote.pdf, name="quote_pdf"),
    path(
        "presupuestos/<int:pk>/firmas/<int:signature_pk>/pdf/",
        quote.signed_pdf,
        name="signed_pdf",
    ),
    path("presupuestos/<int:pk>/proforma/", quote.proforma, name="quote_proforma"),
    path("presupuestos/<int:pk>/copia/", quote.duplicate, name="quote_duplicate"),
    path("presupuestos/<int:pk>/version/", quote.version, name="quote_version"),
    path(
        "presupuestos/<int:pk>/versiones/<int:number>/pdf/",
        validity.version_pdf,
        name="version_pdf",
    ),
    path("presupuestos/<int:pk>/validez/", validity.extend, name="quote_extend"),
    path("presupuestos/<int:pk>/plantilla/", templates.save, name="template_save"),
    path("presupuestos/<int:pk>/aprobacion/", approval.ask, name="approval_ask"),
    path(
        "presupuestos/<int:pk>/aprobacion/<int:approval_pk>/",
        approval.answer,
        name="approval_answer",
    ),
    path("presupuestos/<int:pk>/rechazo/", quote.lost, name="quote_lost"),
    path("presupuestos/<int:pk>/alta/", start.start, name="quote_start"),
    path("configuracion/firma/", signing.settings, name="signing"),
    path("configuracion/firma/prueba/", signing.try_stamp, name="signing_stamp"),
    path("configuracion/firma/clave/", signing.key, name="signing_key"),
    path("configuracion/firma/biometria/", signing.biometrics, name="signing_biometrics"),
    path("configuracion/firma/textos/<slug:kind>/", signing.text, name="signing_text"),
    path("presupuestos/firma/<str:type>/<int:pk>/", signing.panel, name="signing_panel"),
    path("presupuestos/<int:pk>/firmantes/", signing.signers, name="quote_signers"),
    path(
        "presupuestos/<int:pk>/enlaces/<int:link_pk>/", signing.renew_link, name="quote_link_renew"
    ),
    path(
        "presupuestos/<int:pk>/preguntas/<int:question_pk>/",
        signing.answer,
        name="question_answer",
    ),
    *offer_urls.urlpatterns,
]
