"""WSGI door, served by granian."""

import logging
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lonja.config.settings")


def prepared_application() -> Any:
    """The application, once the files it serves are in the data folder."""
    from lonja.kit.memory import PAGES, collect_nothing_yet, quiet_collector

    collect_nothing_yet()
    import django
    from django.core.wsgi import get_wsgi_application

    django.setup(set_prefix=False)
    from lonja.ui import assets

    try:
        assets.prepare()
    except OSError:  # a full disk: pages still work, only slower
        logging.getLogger("lonja.ui").exception("No se han podido preparar las pantallas")
    found = get_wsgi_application()
    quiet_collector(PAGES)
    return found


application = prepared_application()
