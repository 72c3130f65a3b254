"""veraPDF, the reference validator of PDF/A (and of PDF/UA-1), where it is installed.

Its command is `verapdf` or what the environment says in LONJA_VERAPDF. One run reads many files:
starting it takes longer than reading them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

COMMAND = shutil.which(os.environ.get("LONJA_VERAPDF") or "verapdf")
here = bool(COMMAND)
ARCHIVE, ACCESSIBLE = "3a", "ua1"


def broken_rules(
    pdfs: Mapping[str, bytes], folder: Path, flavour: str = ARCHIVE
) -> dict[str, list[str]]:
    """For each file, by name, «FAIL» and the rules it breaks («6.1.9-1»: clause and test of the
    standard); nothing when it is sound.

    Raises RuntimeError when veraPDF does not give its opinion of some file.
    """
    paths = {}
    for number, (name, pdf) in enumerate(pdfs.items()):
        paths[name] = folder / f"{number}.pdf"
        paths[name].write_bytes(pdf)
    done = subprocess.run(
        [str(COMMAND), "--flavour", flavour, "--format", "text", "-v", *map(str, paths.values())],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said: dict[str, list[str]] = {}
    rules: list[str] = []
    for line in done.stdout.splitlines():
        if judged := re.match(rf"(PASS|FAIL) .*[/\\](\d+)\.pdf {flavour}$", line):
            rules = said[judged[2]] = [] if judged[1] == "PASS" else ["FAIL"]
        elif broken := re.match(r"\s+FAIL (\S+)", line):
            rules.append(broken[1])
    if len(said) != len(paths):
        raise RuntimeError(f"veraPDF no contesta: {done.stdout} {done.stderr}")
    return {name: said[path.stem] for name, path in paths.items()}
