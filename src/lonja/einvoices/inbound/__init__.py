"""Invoices from suppliers: Facturae, UBL, CII and Factur-X read into one shape."""

from lonja.einvoices.inbound.read import Inbound, InboundLine, read_invoices

__all__ = ["Inbound", "InboundLine", "read_invoices"]
