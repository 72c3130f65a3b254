"""The words that the templates of documents write by themselves, in each language."""

from __future__ import annotations

# literals: each is in its own language
# What the templates themselves write (`default-labels` in base.typ), by its name there.
LABELS: dict[str, dict[str, str]] = {
    "ca": {
        "concept": "Concepte", "quantity": "Quantitat", "price": "Preu", "discount": "Dte.",
        "tax": "IVA", "amount": "Import", "tax-name": "Impost", "base": "Base imposable",
        "tax-amount": "Quota", "surcharge": "Recàrrec", "withholding": "Retenció",
        "carried": "Suma i segueix", "brought": "Suma anterior", "page": "Pàgina", "of": "de",
        "at-issue": "Es genera en emetre", "pay": "Paga en un minut",
        "pay-scan": "Escaneja el codi amb l’aplicació del teu banc o transfereix a",
        "pay-transfer": "Transfereix l’import a", "pay-reference": "indicant",
        "pay-code": "QR de pagament",
        "fiscal-alt": "Codi QR tributari per comprovar la factura a la seu electrònica de l’AEAT",
        "pay-alt": "Codi QR per pagar per transferència", "subtotal": "Subtotal",
        "photo-alt": "Foto de",
    },
    "gl": {
        "concept": "Concepto", "quantity": "Cantidade", "price": "Prezo", "discount": "Dto.",
        "tax": "IVE", "amount": "Importe", "tax-name": "Imposto", "base": "Base impoñible",
        "tax-amount": "Cota", "surcharge": "Recarga", "withholding": "Retención",
        "carried": "Suma e segue", "brought": "Suma anterior", "page": "Páxina", "of": "de",
        "at-issue": "Xérase ao emitir", "pay": "Paga nun minuto",
        "pay-scan": "Escanea o código coa aplicación do teu banco ou transfire a",
        "pay-transfer": "Transfire o importe a", "pay-reference": "indicando",
        "pay-code": "QR de pagamento",
        "fiscal-alt": "Código QR tributario para comprobar a factura na sede electrónica da AEAT",
        "pay-alt": "Código QR para pagar por transferencia", "subtotal": "Subtotal",
        "photo-alt": "Foto de",
    },
    "eu": {
        "concept": "Kontzeptua", "quantity": "Kopurua", "price": "Prezioa", "discount": "Desk.",
        "tax": "BEZ", "amount": "Zenbatekoa", "tax-name": "Zerga", "base": "Zerga-oinarria",
        "tax-amount": "Kuota", "surcharge": "Errekargua", "withholding": "Atxikipena",
        "carried": "Batura eta jarraitu", "brought": "Aurreko batura", "page": "Orria", "of": "/",
        "at-issue": "Egitean sortzen da", "pay": "Ordaindu minutu batean",
        "pay-scan": "Eskaneatu kodea zure bankuaren aplikazioarekin, edo egin transferentzia hona",
        "pay-transfer": "Egin transferentzia kontu honetara", "pay-reference": "erreferentzia:",
        "pay-code": "Ordaintzeko QRa",
        "fiscal-alt": "Zerga-QR kodea, faktura AEATren egoitza elektronikoan egiaztatzeko",
        "pay-alt": "Transferentziaz ordaintzeko QR kodea", "subtotal": "Batura partziala",
        "photo-alt": "Argazkia:",
    },
    "en": {
        "concept": "Description", "quantity": "Quantity", "price": "Price", "discount": "Disc.",
        "tax": "VAT", "amount": "Amount", "tax-name": "Tax", "base": "Taxable base",
        "tax-amount": "Tax amount", "surcharge": "Surcharge", "withholding": "Withheld",
        "carried": "Carried forward", "brought": "Brought forward", "page": "Page", "of": "of",
        "at-issue": "Made when issued", "pay": "Pay in a minute",
        "pay-scan": "Scan the code with your bank’s app or transfer to",
        "pay-transfer": "Transfer the amount to", "pay-reference": "quoting",
        "pay-code": "Payment QR",
        "fiscal-alt": "Tax QR code to check the invoice with the Spanish tax agency (AEAT)",
        "pay-alt": "QR code to pay by bank transfer", "subtotal": "Subtotal",
        "photo-alt": "Photo of",
    },
}  # fmt: skip

# Those of a quote, which is written in Spanish or in English.
QUOTE_LABELS: dict[str, dict[str, str]] = {
    "en": {
        "sign-alt": "QR code to view and sign the quote", "sign-code": "QR to sign",
        "signature-alt": "Handwritten signature of", "signer": "Signer",
        "evidence-code": "Evidence code", "signed-at": "Date and time",
        "conditions": "Terms and conditions", "event": "What happened", "utc": "UTC time",
        "local": "Local time", "ip": "IP address", "device": "Device", "consents": "Consents",
    },
}  # fmt: skip
