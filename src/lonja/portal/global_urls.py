"""Pages for outsiders: whoever holds a private link (R35)."""

from __future__ import annotations

from django.urls import path

from lonja.portal.views import answer, check, invoice, quote, sign

app_name = "portal"

urlpatterns = [
    path("comprobar/", check.check, name="check"),
    path("p/<str:token>/", invoice.door, name="quote"),
    path("p/<str:token>/factura/", invoice.show, name="invoice"),
    path("p/<str:token>/factura/logo/", invoice.logo, name="invoice_logo"),
    path("p/<str:token>/factura/<int:pk>/", invoice.show, name="invoice_other"),
    path("p/<str:token>/factura/<int:pk>/pdf/", invoice.pdf, name="invoice_pdf"),
    path(
        "p/<str:token>/factura/<int:pk>/electronica/",
        invoice.electronic,
        name="invoice_electronic",
    ),
    path("p/<str:token>/factura/<int:pk>/visto/", invoice.seen, name="invoice_seen"),
    path("p/<str:token>/factura/<int:pk>/qr/", invoice.qr, name="invoice_qr"),
    path(
        "p/<str:token>/factura/<int:pk>/paginas/<int:number>/",
        invoice.page_image,
        name="invoice_page",
    ),
    path("c/<slug:slug>/", invoice.recover, name="recover"),
    path("p/<str:token>/calculo/", quote.amounts, name="amounts"),
    path("p/<str:token>/visto/", quote.seen, name="seen"),
    path("p/<str:token>/pdf/", quote.pdf, name="pdf"),
    path("p/<str:token>/pdf-firmado/", quote.signed_pdf, name="signed_pdf"),
    path("p/<str:token>/logo/", quote.logo, name="logo"),
    path("p/<str:token>/firma/", sign.sign, name="sign"),
    path("p/<str:token>/codigo/", sign.code, name="code"),
    path("p/<str:token>/aceptado/", sign.done, name="done"),
    path("p/<str:token>/rechazo/", answer.reject, name="reject"),
    path("p/<str:token>/pregunta/", answer.ask, name="ask"),
]
