"""Copies that can be restored, and are proven so before they get their name.

A copy is a folder: the database (`lonja.sqlite3`, or `lonja.pgdump` of `pg_dump -Fc`), the stored
files as they are, and `manifest.json` with the size and SHA-256 of each. Keys are never inside.
"""
