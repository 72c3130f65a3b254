from django.urls import path

from lonja.billing.collections_table import CollectionsTable, ReceiptTable
from lonja.billing.tables import InvoiceTable
from lonja.billing.views import (
    balance,
    books,
    bulk,
    client_sales,
    collection_settings,
    collections,
    editor,
    invoice,
    panels,
    payments,
    receipts,
    series,
    statement,
)
from lonja.ui.tables import list_urls

app_name = "billing"

# The list keeps its page; its actions are our own, because each is a job.
_list_page = list_urls("facturas/", InvoiceTable, name="invoice_list")[0]
_collections_page = list_urls("cobros/", CollectionsTable, name="collections")[0]

urlpatterns = [
    _list_page,
    path("facturas/acciones/", bulk.actions, name="invoice_list_bulk"),
    path("facturas/trabajos/<int:pk>/", bulk.job, name="job"),
    path("facturas/trabajos/<int:pk>/fichero/", bulk.job_file, name="job_file"),
    path("facturas/nueva/", editor.invoice_new, name="invoice_new"),
    path("facturas/nueva/guardado/", editor.draft_save, name="draft_new_save"),
    path("facturas/nueva/calculo/", editor.draft_totals, name="draft_new_totals"),
    path("facturas/nueva/vista-previa/", editor.draft_preview, name="draft_new_preview"),
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
    path("facturas/clientes/<int:party_id>/ventas/", client_sales.client_tab, name="client_tab"),
    path("facturas/<int:pk>/saldo/", balance.balance_used, name="balance_used"),
    path("facturas/<int:pk>/saldo/aplicar/", balance.apply_to_invoice, name="apply_to_invoice"),
    path("saldos/<int:credit_id>/", balance.credit, name="credit"),
    path("saldos/<int:credit_id>/aplicar/", balance.apply_credit, name="credit_apply"),
    path("saldos/<int:credit_id>/devolver/", balance.refund, name="refund"),
    path(
        "saldos/aplicaciones/<int:application_id>/anulacion/",
        balance.application_undo,
        name="application_undo",
    ),
    path("saldos/devoluciones/<int:refund_id>/anulacion/", balance.refund_undo, name="refund_undo"),
    _collections_page,
    path("cobros/acciones/", bulk.collections_actions, name="collections_bulk"),
    path("cobros/clientes/", collections.clients, name="collections_clients"),
    *list_urls("cobros/recibidos/", ReceiptTable, name="receipt_list"),
    path("facturas/<int:pk>/recordatorio/", collections.remind, name="remind"),
    path("facturas/<int:pk>/disputa/", collections.dispute, name="dispute"),
    path("facturas/<int:pk>/demora/", collections.claim, name="claim"),
    path("cobros/demora/<int:claim_id>/cierre/", collections.claim_close, name="claim_close"),
    path(
        "configuracion/cobros-y-recordatorios/",
        collection_settings.settings,
        name="collection_settings",
    ),
    path(
        "configuracion/cobros-y-recordatorios/inicio/",
        collection_settings.steps_start,
        name="steps_start",
    ),
    path(
        "configuracion/cobros-y-recordatorios/nuevo/", collection_settings.step_new, name="step_new"
    ),
    path(
        "configuracion/cobros-y-recordatorios/<int:step_id>/",
        collection_settings.step_edit,
        name="step_edit",
    ),
    path(
        "configuracion/cobros-y-recordatorios/tipos/", collection_settings.rate_new, name="rate_new"
    ),
    path("libros/", books.book, name="books"),
    path("libros/pdf/", books.book_pdfs, name="book_pdfs"),
    path("cobros/nuevo/", receipts.receipt_new, name="receipt_new"),
    path("cobros/reparto/", receipts.receipt_split, name="receipt_split"),
    path("cobros/<int:receipt_id>/", receipts.receipt, name="receipt"),
    path("cobros/<int:receipt_id>/anulacion/", receipts.receipt_undo, name="receipt_undo"),
    path("cobros/<int:receipt_id>/recibo/", receipts.receipt_paper, name="receipt_paper"),
    path("cobros/extracto/<int:party_id>/", statement.statement, name="statement"),
    path("cobros/extracto/<int:party_id>/envio/", statement.statement_mail, name="statement_mail"),
    path("facturas/inicio/ventas/", panels.home_sales, name="home_sales"),
    path("facturas/inicio/pendiente/", panels.home_debt, name="home_debt"),
    path("facturas/inicio/vencidas/", panels.home_overdue, name="home_overdue"),
    path("configuracion/series/", series.series_list, name="series_list"),
    path("configuracion/series/nueva/", series.series_new, name="series_new"),
    path("configuracion/series/<int:pk>/", series.series_edit, name="series_edit"),
    path("configuracion/series/<int:pk>/ultimo-numero/", series.series_last, name="series_last"),
]
