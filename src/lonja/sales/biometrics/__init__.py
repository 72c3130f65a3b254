"""Signature dynamics: the strokes as data, encrypted for whoever holds the key, and exported."""
