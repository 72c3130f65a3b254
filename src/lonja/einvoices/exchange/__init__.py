"""The way of electronic invoices between businesses (Ley 18/2022, RD 238/2026)."""
