"""The shape of the data the templates print. Python formats; the template only places.

Every amount, date and percentage is text already in Spanish form («1.234,56 €» with a
no-break space, «21 de noviembre de 2026», «21 %», «−181,50 €» with U+2212). An empty string
means «do not print it»; a column of the lines that is empty in every row disappears.

Images travel apart, by name, in the `images` argument of `render_pdf`:

| name           | what                                                            |
|----------------|-----------------------------------------------------------------|
| `logo`         | issuer's logo; without it the monogram of `Issuer.initials`     |
| `fiscal_qr`    | `qr_svg(url)` of the AEAT check; only issued invoices           |
| `payment_qr`   | `qr_svg(epc_payload(...))`; only when something is to be paid   |
| `sign_qr`      | `qr_svg(link)` of an unsigned quote                             |
| `signature`    | the signature's image, PNG or SVG                               |
| any other      | photos, named by `Line.photo`                                   |
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Issuer(TypedDict):
    """Who issues, at the head of page one."""

    name: str  # commercial name
    tagline: str
    initials: str  # «CL»: monogram when there is no logo
    accent: str  # '#rrggbb' that carries white text: branding.readable_accent
    legal_line: str  # «Clima Levante, S.L. · NIF B98765431 · …», also the logo's text


class Fact(TypedDict):
    """A label and its value in the facts strip."""

    label: str
    value: str
    strong: NotRequired[bool]


class Recipient(TypedDict):
    """First column of the facts strip."""

    label: str  # «Facturado a», «Para»
    name: str
    lines: list[str]  # «NIF B12345674», the address…


class Line(TypedDict):
    """A row. With `heading` the row is only that text, across the table."""

    heading: NotRequired[str]  # «Albarán A2026/31 · 03/11/2026»
    concept: NotRequired[str]
    detail: NotRequired[str]  # grey, may have line breaks
    quantity: NotRequired[str]  # «3,5 h»
    price: NotRequired[str]  # unit price without tax
    discount: NotRequired[str]  # «5 %»
    tax: NotRequired[str]  # «21 %», «Exento», «ISP»
    amount: NotRequired[str]
    running: NotRequired[str]  # sum up to this row, for «Suma y sigue»
    tag: NotRequired[str]  # «Opcional», «Alternativa»
    photo: NotRequired[str]  # name in `images`, printed 14 mm wide


class TaxRow(TypedDict):
    """A row of the tax table; the last two columns appear when some row fills them."""

    label: str  # «IVA 21 %», «IVA exento»
    base: str
    amount: str
    surcharge: NotRequired[str]  # «5,2 % · 60,32 €»
    withholding: NotRequired[str]  # «15 % · −174,00 €»


class TotalRow(TypedDict):
    """A row of the totals, in the order given."""

    label: str  # «Base imponible», «Total factura», «Saldo utilizado · R2026/0009»
    amount: str
    tone: NotRequired[Literal["", "strong", "credit", "muted"]]


class Due(TypedDict):
    """The last and largest figure: «A pagar», «A tu favor», «Total»."""

    label: str
    amount: str


class Payment(TypedDict):
    """The tinted block at the foot of the last page.

    - `transfer`: «Paga en un minuto», code if `images["payment_qr"]`, `iban` and `reference`.
    - `debit`, `note`: `title` and `text` as given («Lo cargaremos el 21/12 en ES91…1332»).
    - `paid`: a tick, `title` («Pagada el 3 de diciembre. ¡Gracias!») and optional `text`.

    The button is printed only with `link_url`.
    """

    kind: Literal["transfer", "debit", "note", "paid"]
    title: NotRequired[str]
    text: NotRequired[str]
    iban: NotRequired[str]  # by fours: epc.iban_by_fours
    reference: NotRequired[str]
    link_url: NotRequired[str]
    link_label: NotRequired[str]  # «Pagar con tarjeta»


class Fiscal(TypedDict):
    """The QR of the tax agency (Orden HAC/1177/2024, art. 20 and 21), on page one only."""

    label: str  # «QR tributario:»
    legend: str  # «Factura verificable en la sede electrónica de la AEAT» or «VERI*FACTU»


class InvoiceDocument(TypedDict):
    """`billing/typst/invoice.typ`: invoices of every kind but the 80 mm ticket, and proformas."""

    lang: str  # 'es'
    title: str  # of the PDF: «Factura F2026/0413 · Clima Levante, S.L.»
    issuer: Issuer
    kind_title: str  # «Factura», «Factura rectificativa», «Factura simplificada», «Proforma»
    number: str  # «F2026/0413»; draft «F2026/—»
    date_long: str
    draft: bool  # dashed boxes «Se genera al emitir» in place of the codes
    mark: str  # «BORRADOR», «DUPLICADO», «PROFORMA», «PRUEBA» or ''
    corrects: str  # «Rectifica F2026/0310 de 01/09/2026 · Precio equivocado» or ''
    fiscal: Fiscal | None  # None: no QR zone at all (proforma, outside VERI*FACTU)
    message: str
    recipient: Recipient
    facts: list[list[Fact]]  # up to three columns
    lines: list[Line]
    taxes: list[TaxRow]
    totals: list[TotalRow]
    due: Due
    legends: list[str]  # mentions of RD 1619/2012 art. 6.1: exemption, reverse charge…
    notes: str
    payment: Payment | None
    footer: list[str]  # legal line, contact
    labels: NotRequired[dict[str, str]]  # other language: see `default-labels` in base.typ


class Section(TypedDict):
    """A part of a quote; `subtotal` is printed when given."""

    title: str
    lines: list[Line]
    detail: NotRequired[str]  # under the title
    subtotal: NotRequired[str]


class Recurring(TypedDict):
    """What will be paid each period, apart from the one-off total."""

    title: str  # «Cada mes»
    lines: list[Line]
    totals: list[TotalRow]
    due: Due  # «Cuota mensual, IVA incluido» · «42,35 € al mes»


class Condition(TypedDict):
    """A heading and its text on the conditions page; blank lines part paragraphs."""

    title: str
    text: str


class SignLink(TypedDict):
    """An unsigned quote: where to sign. With `images["sign_qr"]` the code is printed."""

    title: str  # «Firma desde tu móvil»
    text: str
    url: str
    label: str  # button: «Ver y firmar»


class Signature(TypedDict):
    """A signed quote. The image comes in `images["signature"]`, or in that of `image`."""

    title: str  # «Aceptado y firmado»
    image: NotRequired[str]
    name: str
    nif: str
    signed_at: str  # «21/11/2026, 10:42»
    code: str  # evidence code


class EvidenceEvent(TypedDict):
    """One thing that happened to the quote, on the evidence page."""

    what: str  # «Abierto», «Firmado»
    utc: str
    local: str
    ip: str
    device: str


class Evidence(TypedDict):
    """The page appended to a signed quote."""

    title: str  # «Evidencias de la firma»
    intro: str
    facts: list[Fact]  # signer, how identified, document SHA-256, version…
    events: list[EvidenceEvent]
    consents: list[str]


class QuoteDocument(TypedDict):
    """`sales/typst/quote.typ`: quotes, signed or not."""

    lang: str
    title: str
    issuer: Issuer
    kind_title: str  # «Presupuesto»
    number: str  # «P2026/0188»
    date_long: str
    valid_until: str  # «Válido hasta el 21 de diciembre de 2026»
    mark: str  # «BORRADOR», «CADUCADO» or ''
    greeting: str  # «Hola, Carmen. Aquí tienes la renovación de tus 4 habitaciones.»
    message: str
    recipient: Recipient
    facts: list[list[Fact]]
    sections: list[Section]  # one with empty title for a plain list
    recurring: Recurring | None
    taxes: list[TaxRow]
    totals: list[TotalRow]
    due: Due  # «Total, IVA incluido»
    notes: str
    conditions: list[Condition]
    sign: SignLink | None
    signature: Signature | None
    more_signatures: NotRequired[list[Signature]]  # of the other signers, in order
    evidence: Evidence | None
    footer: list[str]
    labels: NotRequired[dict[str, str]]
