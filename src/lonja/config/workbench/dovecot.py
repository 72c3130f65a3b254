"""Find Dovecot, the mail server of the tests of mailboxes, or install it."""

import shutil

from lonja.config.workbench import Missing
from lonja.config.workbench.packages import apt_install

HOW_TO_MEND = (
    "Las pruebas de los buzones usan Dovecot y no se ha encontrado. Instálalo con\n"
    "    sudo apt install dovecot-imapd\n"
    "o lanza ./lonja test --sin-dovecot"
)
SEARCHED = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


def find_or_install() -> str:
    """The path of the program; Missing when there is none and none can be had."""
    found = _program()
    if found is None and apt_install("dovecot-imapd"):
        found = _program()
    if found is None:
        raise Missing(HOW_TO_MEND)
    return found


def _program() -> str | None:
    return shutil.which("dovecot") or shutil.which("dovecot", path=SEARCHED)
