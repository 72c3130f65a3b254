"""Documents: data in, PDF or SVG out. Knows nothing of invoices beyond their printed shape."""
