"""The words of the customer's page of invoices, in its language. Spanish is the key.

They are few and few people edit them: a table is easier to keep right than five catalogues.
"""

from __future__ import annotations

from lonja.kit.languages import known

# literals: each column is in its own language
_COLUMNS = ("ca", "gl", "eu", "en")
_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("Factura", "Factura", "Factura", "Faktura", "Invoice"),
    ("A tu favor", "Al teu favor", "Ao teu favor", "Zure alde", "In your favour"),
    ("Total", "Total", "Total", "Guztira", "Total"),
    ("Falta por pagar", "Falta per pagar", "Falta por pagar", "Ordaintzeko falta da",
     "Left to pay"),
    ("No debes nada", "No deus res", "Non debes nada", "Ez duzu ezer zor", "You owe nothing"),
    ("Pagada", "Pagada", "Pagada", "Ordainduta", "Paid"),
    ("Vencida", "Vençuda", "Vencida", "Iraungita", "Overdue"),
    ("Para", "Per a", "Para", "Norentzat", "To"),
    ("Fecha", "Data", "Data", "Data", "Date"),
    ("Vence", "Venç", "Vence", "Epemuga", "Due"),
    ("venció", "va vèncer", "venceu", "iraungita", "was due"),
    ("Total de la factura", "Total de la factura", "Total da factura", "Fakturaren guztizkoa",
     "Invoice total"),
    ("Ya pagado", "Ja pagat", "Xa pagado", "Jada ordainduta", "Already paid"),
    ("Descargar PDF", "Baixar el PDF", "Descargar o PDF", "Deskargatu PDFa", "Download PDF"),
    ("Descargar factura electrónica", "Baixar la factura electrònica",
     "Descargar a factura electrónica", "Deskargatu faktura elektronikoa",
     "Download e-invoice"),
    ("Cómo pagarla", "Com pagar-la", "Como pagala", "Nola ordaindu", "How to pay"),
    ("Código QR para pagar por transferencia", "Codi QR per pagar per transferència",
     "Código QR para pagar por transferencia", "Transferentziaz ordaintzeko QR kodea",
     "QR code to pay by bank transfer"),
    (
        "Escanea el código con la app de tu banco: la transferencia sale ya rellena. O hazla a "
        "esta cuenta:",
        "Escaneja el codi amb l’aplicació del teu banc: la transferència surt emplenada. O fes-la "
        "a aquest compte:",
        "Escanea o código coa aplicación do teu banco: a transferencia sae xa cuberta. Ou faina a "
        "esta conta:",
        "Eskaneatu kodea zure bankuaren aplikazioarekin: transferentzia beteta agertuko da. Edo "
        "egin kontu honetara:",
        "Scan the code with your bank’s app: the transfer comes already filled in. Or make it to "
        "this account:",
    ),
    ("Haz una transferencia a esta cuenta:", "Fes una transferència a aquest compte:",
     "Fai unha transferencia a esta conta:", "Egin transferentzia kontu honetara:",
     "Make a transfer to this account:"),
    ("Copiar IBAN", "Copiar l’IBAN", "Copiar o IBAN", "Kopiatu IBANa", "Copy IBAN"),
    ("IBAN copiado", "IBAN copiat", "IBAN copiado", "IBANa kopiatuta", "IBAN copied"),
    ("Titular", "Titular", "Titular", "Titularra", "Account holder"),
    ("Importe", "Import", "Importe", "Zenbatekoa", "Amount"),
    ("Concepto", "Concepte", "Concepto", "Kontzeptua", "Reference"),
    ("No tienes que hacer nada: lo cargaremos en tu cuenta.",
     "No has de fer res: ho carregarem al teu compte.",
     "Non tes que facer nada: cargarémolo na túa conta.",
     "Ez duzu ezer egin behar: zure kontuan kargatuko dugu.",
     "There is nothing to do: we will debit your account."),
    ("Se paga en efectivo.", "Es paga en efectiu.", "Págase en efectivo.",
     "Eskudirutan ordaintzen da.", "To be paid in cash."),
    ("Habla con nosotros para pagarla.", "Parla amb nosaltres per pagar-la.",
     "Fala connosco para pagala.", "Hitz egin gurekin ordaintzeko.", "Contact us to pay it."),
    ("La factura", "La factura", "A factura", "Faktura", "The invoice"),
    ("página", "pàgina", "páxina", "orria", "page"),
    ("El texto completo está en el PDF.", "El text complet és al PDF.",
     "O texto completo está no PDF.", "Testu osoa PDFan dago.", "The full text is in the PDF."),
    ("Otras facturas pendientes", "Altres factures pendents", "Outras facturas pendentes",
     "Beste faktura batzuk ordaintzeke", "Other open invoices"),
    ("En total debes", "En total deus", "En total debes", "Guztira zor duzu", "In total you owe"),
    ("Facturas de", "Factures de", "Facturas de", "Fakturak:", "Invoices of"),
    ("Pendientes", "Pendents", "Pendentes", "Ordaintzeke", "Open"),
    ("Las últimas pagadas", "Les últimes pagades", "As últimas pagadas", "Ordaindutako azkenak",
     "Last ones paid"),
    ("Este enlace es personal: quien lo tenga puede ver la factura.",
     "Aquest enllaç és personal: qui el tingui pot veure la factura.",
     "Esta ligazón é persoal: quen a teña pode ver a factura.",
     "Esteka hau pertsonala da: duenak faktura ikus dezake.",
     "This link is personal: whoever has it can see the invoice."),
    ("Pedir el enlace otra vez", "Demanar l’enllaç un altre cop", "Pedir a ligazón outra vez",
     "Eskatu esteka berriro", "Ask for the link again"),
    ("Este enlace ya no vale", "Aquest enllaç ja no val", "Esta ligazón xa non vale",
     "Esteka honek ez du balio", "This link no longer works"),
    ("Ha caducado o se ha cerrado. Escribe tu correo y te enviamos otro al momento, sin "
     "contraseñas.",
     "Ha caducat o s’ha tancat. Escriu el teu correu i te n’enviem un altre al moment, sense "
     "contrasenyes.",
     "Caducou ou pechouse. Escribe o teu correo e enviámosche outra no momento, sen contrasinais.",
     "Iraungi da edo itxi egin da. Idatzi zure posta eta beste bat bidaliko dizugu, pasahitzik "
     "gabe.",
     "It has expired or was closed. Type your e-mail and we will send you another, no password "
     "needed."),
    ("Pedir un enlace nuevo", "Demanar un enllaç nou", "Pedir unha ligazón nova",
     "Eskatu esteka berria", "Ask for a new link"),
)  # fmt: skip
_WORDS = {
    language: {row[0]: row[number] for row in _ROWS}
    for number, language in enumerate(_COLUMNS, start=1)
}


def say(language: str, text: str) -> str:
    """The words in that language; in Spanish when nobody translated them."""
    return _WORDS.get(known(language), {}).get(text, text)
