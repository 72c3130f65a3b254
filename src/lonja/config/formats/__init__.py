"""How numbers and dates are written and read, by language (Django's FORMAT_MODULE_PATH)."""
