"""Lonja loaded, for actors to be forked from: what they work with, and no connection open."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lonja.config.settings")
django.setup()

import lonja.config.faults.actors  # noqa: E402
import lonja.fiscal.actions.asking  # noqa: E402
import lonja.fiscal.actions.sending  # noqa: E402
import lonja.jobs.worker  # noqa: E402
import lonja.mail.sending  # noqa: E402
import lonja.subscriptions.actions.bill  # noqa: E402, F401
