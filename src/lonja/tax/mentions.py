"""What an invoice must say for its kind of operations (arts. 6.1 and 7 RD 1619/2012)."""

from lonja.tax.categories import categories
from lonja.tax.documents import Document, TaxLine

REVERSE_CHARGE = "Inversión del sujeto pasivo"
# Regimes that must be named (art. 6.1.n to 6.1.p).
_REGIMES = {
    "03": "Régimen especial de los bienes usados",
    "05": "Régimen especial de las agencias de viajes",
    "07": "Régimen especial del criterio de caja",
    "17": "Régimen especial de ventanilla única (OSS)",
}


def mentions(document: Document) -> list[str]:
    """The mentions of the document, without repeats, in the order of its lines, after those the
    document carries of its own."""
    found = list(document.mentions)
    for line in document.taxed_lines:
        for text in _of(line, document):
            if text and text not in found:
                found.append(text)
    return found


def _of(line: TaxLine, document: Document) -> list[str]:
    texts = []
    if line.exemption:
        texts.append(_EXEMPTIONS.get((line.tax, line.exemption), "Operación exenta"))
    elif line.qualification == "S2":
        texts.append(REVERSE_CHARGE)
    elif line.qualification == "N1":
        texts.append("Operación no sujeta")
    elif line.qualification == "N2" and line.regime != "17":
        in_the_union = any(party.id_type == "02" for party in document.recipients)
        texts.append(
            REVERSE_CHARGE if in_the_union else "Operación no sujeta por reglas de localización"
        )
    if line.tax == "01" and line.regime in _REGIMES:
        texts.append(_REGIMES[line.regime])
    return texts


_EXEMPTIONS = {
    (option.tax, option.exemption): option.mention
    for territory in ("peninsula", "canarias", "ceuta")
    for option in reversed(categories(territory))
    if option.exemption
}
