"""Lists (P-LIST): a declaration of columns and filters gives the whole page.

class InvoiceTable(Table):
    slug = "billing.invoices"
    title = _("Facturas")
    permission = "billing.invoice.view"
    columns = [Column("number", _("Número"), key=True, sort="number"), …]

    def rows(self):
        return Invoice.objects.visible_to(self.member).select_related("party")

urlpatterns = [*list_urls("facturas/", InvoiceTable, name="invoice_list")]
"""

from lonja.ui.tables.bulk import BulkAction
from lonja.ui.tables.columns import Column
from lonja.ui.tables.filters import (
    AmountFilter,
    ChoiceFilter,
    DateFilter,
    Filter,
    FlagFilter,
    RowFilter,
)
from lonja.ui.tables.table import Action, Empty, Tab, Table, table_named
from lonja.ui.tables.views import list_urls, list_view

__all__ = [
    "Action",
    "AmountFilter",
    "BulkAction",
    "ChoiceFilter",
    "Column",
    "DateFilter",
    "Empty",
    "Filter",
    "FlagFilter",
    "RowFilter",
    "Tab",
    "Table",
    "list_urls",
    "list_view",
    "table_named",
]
