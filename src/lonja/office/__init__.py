"""The screens of the ground floor: login, first run, members, settings, home and search."""
