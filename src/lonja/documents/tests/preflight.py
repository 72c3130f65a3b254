"""Apache PDFBox Preflight, a validator of PDF/A that is not ours.

It knows PDF/A-1b. What it finds and PDF/A-3 allows is left out, each with the reason; everything
else it looks at (file structure, fonts and their widths, colours, metadata against their schemas)
both ask for alike. Debian: `default-jre-headless libpdfbox2-java libactivation-java
libjaxb-api-java`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

JAVA = shutil.which("java")
JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging")
]
# What Java itself had until its version 11.
JARS += [Path("/usr/share/java") / f"{name}.jar" for name in ("javax.activation", "jaxb-api")]
here = bool(JAVA) and all(jar.exists() for jar in JARS)

ALLOWED = {
    # Files inside a file, for which PDF/A-3 was made.
    "1.4.7": "EmbeddedFile entry is present in the Names dictionary",
    "1.2.9": "EmbeddedFile entry is present in a FileSpecification dictionary",
    # ICC version 4, which PDF/A-2 began to take.
    "2.1.6": "Invalid version of the ICCProfile",
    # The destination of a bookmark is a reference, as any object may be; it does not follow it.
    "1.2.3": "can't convert to Destination COSObject",
    # PDF/UA is newer than PDF/A-1. The file describes that schema, as §6.6.2.3 asks.
    "7.3": "Cannot find a definition for the namespace http://www.aiim.org/pdfua/ns/id/",
}


def complaints(pdf: bytes, folder: Path) -> set[str]:
    """What it says against the file, without what PDF/A-3 allows."""
    path = folder / "documento.pdf"
    path.write_bytes(pdf)
    classes = ":".join(str(jar) for jar in JARS)
    done = subprocess.run(
        [str(JAVA), "-cp", classes, "org.apache.pdfbox.preflight.Validator_A1b", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = done.stdout.strip()
    if "is a valid PDF/A-1b file" in said:
        return set()
    found = dict.fromkeys(re.findall(r"^([0-9.]+ : .*?)(?: on page \d+)?$", said, re.MULTILINE))
    if not found:
        raise RuntimeError(f"Preflight no contesta: {said} {done.stderr}")
    return {one for one in found if ALLOWED.get(one.split(" ")[0], "\0") not in one}
