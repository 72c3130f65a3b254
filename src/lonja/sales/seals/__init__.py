"""Sealing PDF: with which key, when, and checking what somebody brings."""
