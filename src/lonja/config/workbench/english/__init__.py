"""The English catalogue: what has to be translated, the file that says how, and its checks."""
