"""The files that travel inside a signed PDF, and whether they belong together. Needs no database:
whoever holds the key of the strokes uses it on another computer."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from lonja.documents.pdf_tools import load_pyhanko
from lonja.sales.biometrics.sealed import bound_to, decrypt
from lonja.sales.evidence import is_intact, sha256


class NotSigned(ValueError):
    """Not a signed PDF of Lonja."""


@dataclass(frozen=True)
class Opened:
    """The strokes of one signer, opened, and what was found wrong (nothing, if all is right)."""

    position: int
    bound: dict[str, Any]
    strokes: dict[str, Any]
    wrong: list[str] = field(default_factory=list)


def files_in(pdf: bytes) -> dict[str, bytes]:
    """The files embedded in a PDF, by name. Raises NotSigned when it cannot be read."""
    load_pyhanko()
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
        found = {}
        for at in range(0, len(names), 2):
            found[str(names[at])] = names[at + 1]["/EF"]["/F"].data
    except (PdfReadError, KeyError, IndexError, ValueError, TypeError) as error:
        raise NotSigned("No es un PDF firmado con Lonja") from error
    return found


def evidence_in(files: dict[str, bytes]) -> list[dict[str, Any]]:
    """What `evidencias.json` tells of each signer. Raises NotSigned."""
    try:
        told = json.loads(files["evidencias.json"])
    except (KeyError, ValueError) as error:
        raise NotSigned("No lleva el registro de la firma") from error
    return list(told)


def open_strokes(pdf: bytes, private: RSAPrivateKey) -> list[Opened]:
    """The strokes of every signer that has them, with what does not fit.

    Raises NotSigned, and CannotOpen with another key or altered strokes.
    """
    files = files_in(pdf)
    evidence = {one["position"]: one for one in evidence_in(files)}
    shown = next((body for name, body in files.items() if name.endswith("-mostrado.pdf")), b"")
    opened = []
    for name, jwe in sorted(files.items()):
        if not name.endswith(".jwe"):
            continue
        position = int(name.removeprefix("trazo-").removesuffix(".jwe"))
        told = evidence.get(position, {})
        strokes = json.loads(decrypt(jwe, private))
        opened.append(Opened(position, bound_to(jwe), strokes, list(_wrong(jwe, told, shown))))
    return opened


def _wrong(jwe: bytes, told: dict[str, Any], shown: bytes) -> list[str]:
    bound = bound_to(jwe)
    log = told.get("log") or []
    found = []
    if bound.get("document_sha256") != sha256(shown):
        found.append("El trazo es de otro documento")
    if not is_intact(log):
        found.append("El registro de la firma está alterado")
    elif log[-1].get("dynamics_sha256") != sha256(jwe):
        found.append("El registro habla de otro trazo")
    elif log[-1].get("document_sha256") != sha256(shown):
        found.append("El registro habla de otro documento")
    if bound.get("signer") != told.get("signer") or bound.get("nif") != told.get("nif"):
        found.append("El trazo es de otra persona")
    return found
