"""Verbs of the fiscal room."""
