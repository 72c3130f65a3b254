"""The agency's error codes: what each means and what mends it.

`schemas/errores.txt` is the agency's own list of 2025; `LATER` holds the codes published since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .texts import _
from .texts import gettext_noop as noop

LATER = {
    "1286": "La clave de régimen 02 (exportación) solo admite operaciones exentas.",
    "1287": "Un texto lleva signos que no se admiten: \" ' < > =",
    "1289": "Una operación exenta E5 necesita un destinatario identificado en otro país.",
    "1293": "En el IGIC la clave de régimen 20 solo admite operaciones no sujetas (N2).",
    "2009": "Con IPSI debe indicarse la clave de régimen.",
}  # literal

# What the person can do about a record. The names are those of the buttons.
AMEND, CORRECT, VOID, ASK, WAIT, NOTHING = "amend", "correct", "void", "ask", "wait", "nothing"

# Stored with errors that nothing has to mend: our clock, and the régimen of IPSI.
UNMENDABLE = {"2004", "2009"}
# The recipient is not who the invoice says: the invoice itself is wrong (RD 1619/2012, art. 15).
WRONG_PERSON = {"1103", "1109", "1110", "1121", "1122", "1123", "1149", "1191", "1192", "1193"}
WRONG_PERSON |= {"1239", "1283", "2001"}
# A whole submission refused because one record does not follow the schema: look for it.
ONE_IS_WRONG = {"4102", "4103", "4106", "4119", "4136", "4137"}
# The certificate, or whom it stands for.
CERTIFICATE = {"4108", "4112", "4132", "4140"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code of the agency: its own words, ours, and the remedy (a name of this module)."""

    code: str
    official: str
    advice: str
    remedy: str


@cache
def official_texts() -> dict[str, str]:
    """Code → the agency's text."""
    raw = (Path(__file__).with_name("schemas") / "errores.txt").read_text("utf-8")
    found = dict(re.findall(r"^(\d{4})\s*=\s*(.+?)\s*$", raw, re.MULTILINE))
    return {**found, **LATER}


_ADVICE = {
    AMEND: noop(
        "Los datos del registro no son los que espera la AEAT y la factura está bien: envía un "
        "registro de subsanación."
    ),
    CORRECT: noop(
        "La factura lleva un dato equivocado del cliente. Si es solo cómo está escrito su nombre, "
        "subsana; si es su NIF, corrige su ficha y emite una rectificativa."
    ),
    VOID: noop("La AEAT ya tiene anulada esta factura. No hace falta nada más."),
    ASK: noop(
        "La AEAT ya tenía un registro con este número y fecha. Pregúntale qué consta antes de "
        "hacer nada más."
    ),
    WAIT: noop("Es un problema de la AEAT o del envío. Se vuelve a intentar solo."),
    NOTHING: noop("El registro está guardado en la AEAT y no hay que corregirlo."),
}


def meaning_of(code: str, told: str = "") -> Meaning:
    """What a code means. `told` is what the answer itself said; a code nobody knows asks for a
    subsanación, which is what the rules ask for by default."""
    official = told or official_texts().get(code, "")
    return Meaning(code, official, _(_ADVICE[remedy_of(code)]), remedy_of(code))


def remedy_of(code: str) -> str:
    """The remedy of a code."""
    if code in UNMENDABLE:
        return NOTHING
    if code in WRONG_PERSON:
        return CORRECT
    if code == "3000":
        return ASK
    if code == "3001":
        return VOID
    if code[:1] == "4" or code.startswith("35"):
        return WAIT
    return AMEND
