"""Las órdenes de administración de Django: migrate, shell, makemigrations…"""

import argparse

help = "órdenes de Django (migrate, shell, makemigrations…)"
raw = True  # everything after `manage` is Django's, its --help too


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of ours: Django reads its own words."""


def run(args: argparse.Namespace) -> int:
    from django.core.management import ManagementUtility

    ManagementUtility(["lonja manage", *args.rest]).execute()
    return 0
