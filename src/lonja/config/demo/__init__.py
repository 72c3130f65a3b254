"""A year of an invented company, made through the same actions that people use."""
