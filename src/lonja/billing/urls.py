from django.urls import path

from lonja.billing.paper_tables import DeliveryNoteTable, ProformaTable
from lonja.billing.tables import InvoiceTable
from lonja.billing.views import bulk, correct, editor, invoice, panels, papers, payments, series
from lonja.ui.tables import list_urls

app_name = "billing"

# The list keeps its page; its actions are our own, because each is a job.
_list_page = list_urls("facturas/", InvoiceTable, name="invoice_list")[0]

urlpatterns = [
    _list_page,
    path("facturas/acciones/", bulk.actions, name="invoice_list_bulk"),
    path("facturas/trabajos/<int:pk>/", bulk.job, name="job"),
    path("facturas/trabajos/<int:pk>/fichero/", bulk.job_file, name="job_file"),
    path("facturas/nueva/", editor.invoice_new, name="invoice_new"),
    path("facturas/nueva/guardado/", editor.draft_save, name="draft_new_save"),
    path("facturas/nueva/calculo/", editor.draft_totals, name="draft_new_totals"),
    path("facturas/nueva/vista-previa/", editor.draft_preview, name="draft_new_preview"),
    path("facturas/que-factura/", correct.adviser, name="adviser"),
    path("facturas/rappel/", correct.rebate_new, name="rebate_new"),
    path("facturas/cambio/", correct.exchange_new, name="exchange_new"),
    path("facturas/<int:pk>/rectificativa/", correct.correction_new, name="correction_new"),
    path("facturas/<int:pk>/", invoice.invoice, name="invoice"),
    path("facturas/<int:pk>/editar/", editor.invoice_edit, name="invoice_edit"),
    path("facturas/<int:pk>/guardado/", editor.draft_save, name="draft_save"),
    path("facturas/<int:pk>/calculo/", editor.draft_totals, name="draft_totals"),
    path("facturas/<int:pk>/vista-previa/", editor.draft_preview, name="draft_preview"),
    path("facturas/<int:pk>/emision/", invoice.emission, name="issue"),
    path("facturas/<int:pk>/copia/", invoice.duplicate, name="duplicate"),
    path("facturas/<int:pk>/borrado/", invoice.draft_delete, name="draft_delete"),
    path(
        "facturas/borradores/<int:event_id>/recuperacion/",
        invoice.draft_restore,
        name="draft_restore",
    ),
    path("facturas/<int:pk>/pdf/", invoice.pdf, name="pdf"),
    path("facturas/<int:pk>/paginas/<int:number>/", invoice.page_image, name="page_image"),
    path("facturas/<int:pk>/cobros/", payments.payment_new, name="payment_new"),
    path("facturas/cobros/<int:entry_id>/anulacion/", payments.payment_undo, name="payment_undo"),
    path("facturas/<int:pk>/envios/", payments.mail_new, name="mail_new"),
    path("facturas/clientes/<int:party_id>/ventas/", panels.client_tab, name="client_tab"),
    path("facturas/inicio/ventas/", panels.home_sales, name="home_sales"),
    path("facturas/inicio/pendiente/", panels.home_debt, name="home_debt"),
    path("facturas/inicio/vencidas/", panels.home_overdue, name="home_overdue"),
    path("facturas/<int:pk>/proforma/", papers.proforma_make, name="proforma_make"),
    *list_urls("proformas/", ProformaTable, name="proforma_list"),
    path("proformas/<int:pk>/", papers.proforma, name="proforma"),
    path("proformas/<int:pk>/pdf/", papers.proforma_file, name="proforma_pdf"),
    path("proformas/<int:pk>/factura/", papers.proforma_invoice, name="proforma_invoice"),
    list_urls("albaranes/", DeliveryNoteTable, name="note_list")[0],
    path("albaranes/acciones/", papers.note_actions, name="note_list_bulk"),
    path("albaranes/nuevo/", papers.note_new, name="note_new"),
    path("albaranes/calculo/", papers.note_totals, name="note_totals"),
    path("albaranes/mensuales/", papers.recaps, name="recaps"),
    path("albaranes/mensuales/<int:pk>/baja/", papers.recap_stop, name="recap_stop"),
    path("albaranes/mensuales/<int:pk>/pase/", papers.recap_run, name="recap_run"),
    path("albaranes/inicio/", papers.home_notes, name="home_notes"),
    path("albaranes/<int:pk>/", papers.note, name="note"),
    path("albaranes/<int:pk>/editar/", papers.note_edit, name="note_edit"),
    path("albaranes/<int:pk>/pdf/", papers.note_file, name="note_pdf"),
    path("albaranes/<int:pk>/factura/", papers.note_invoice, name="note_invoice"),
    path("albaranes/<int:pk>/borrado/", papers.note_delete, name="note_delete"),
    path("configuracion/series/", series.series_list, name="series_list"),
    path("configuracion/series/nueva/", series.series_new, name="series_new"),
    path("configuracion/series/<int:pk>/", series.series_edit, name="series_edit"),
    path("configuracion/series/<int:pk>/ultimo-numero/", series.series_last, name="series_last"),
]
