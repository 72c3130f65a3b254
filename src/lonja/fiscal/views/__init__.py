"""Doors of the fiscal room."""
