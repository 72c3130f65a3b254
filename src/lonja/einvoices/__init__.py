"""Facturas electrónicas: Facturae, UBL, CII and Factur-X out; the same in; FACe; RD 238/2026."""
