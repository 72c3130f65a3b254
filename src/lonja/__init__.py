"""Lonja: CRM y facturación para la pyme española."""

__version__ = "0.1.0"
