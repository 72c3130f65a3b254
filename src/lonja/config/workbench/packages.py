"""Installing system packages, when we are allowed to."""

import os
import shutil
import subprocess


def apt_install(*names: str) -> bool:
    """Install Debian packages if we are root on a Debian family system; True when it worked."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = [apt, "install", "-y", "--no-install-recommends", *names]
    for command in (install, [apt, "update"], install):
        done = subprocess.run(  # noqa: S603
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if done.returncode == 0 and command is install:
            return True
    return False
