"""The words printed on documents, in the five languages. Spanish is the key of the others.

A word nobody translated is printed in Spanish. The two texts of the tax agency's code («QR
tributario:», «Factura verificable en la sede electrónica de la AEAT») are literal in the law
(Orden HAC/1177/2024, art. 20 and 21) and are never translated. In English the legal mentions keep
the Spanish wording beside, because the agency reads Spanish (RD 1619/2012, art. 6.1.j to 6.1.p).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from lonja.documents.figures import SPANISH, Figures, figures_of
from lonja.documents.labels import LABELS
from lonja.kit.dates import format_long
from lonja.kit.languages import known

# literals: each column is in its own language
_COLUMNS = ("ca", "gl", "eu", "en")
_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    # titles
    ("Factura", "Factura", "Factura", "Faktura", "Invoice"),
    (
        "Factura simplificada", "Factura simplificada", "Factura simplificada",
        "Faktura sinplifikatua", "Simplified invoice",
    ),
    (
        "Factura rectificativa", "Factura rectificativa", "Factura rectificativa",
        "Faktura zuzentzailea", "Corrective invoice",
    ),
    (
        "Factura recapitulativa", "Factura recapitulativa", "Factura recapitulativa",
        "Faktura laburbiltzailea", "Summary invoice",
    ),
    (
        "Factura en sustitución de simplificadas", "Factura en substitució de simplificades",
        "Factura en substitución de simplificadas",
        "Faktura sinplifikatuen ordezko faktura", "Invoice replacing simplified invoices",
    ),
    ("Factura proforma", "Factura proforma", "Factura proforma", "Proforma faktura",
     "Pro forma invoice"),
    (
        "Este documento no es una factura: no da derecho a deducir el impuesto.",
        "Aquest document no és una factura: no dona dret a deduir l’impost.",
        "Este documento non é unha factura: non dá dereito a deducir o imposto.",
        "Dokumentu hau ez da faktura bat: ez du zerga kentzeko eskubiderik ematen.",
        "This document is not an invoice: it gives no right to deduct the tax.",
    ),
    ("Albarán", "Albarà", "Albará", "Albarana", "Delivery note"),
    ("Fecha de entrega", "Data de lliurament", "Data de entrega", "Entrega-data",
     "Delivery date"),
    ("Entregado a", "Lliurat a", "Entregado a", "Nori emana", "Delivered to"),
    (
        "Es el momento de hacer las cuentas. ¡Aquí tienes tu factura!",
        "És el moment de passar comptes. Aquí tens la teva factura!",
        "É o momento de facer as contas. Aquí tes a túa factura!",
        "Kontuak egiteko garaia da. Hemen duzu zure faktura!",
        "Time to settle up. Here is your invoice!",
    ),
    ("NIF-IVA", "NIF-IVA", "NIF-IVE", "BEZ-IFZ", "VAT no."),
    ("Proforma", "Proforma", "Proforma", "Proforma", "Pro forma"),
    # marks
    ("BORRADOR", "ESBORRANY", "BORRADOR", "ZIRRIBORROA", "DRAFT"),
    ("DUPLICADO", "DUPLICAT", "DUPLICADO", "BIKOIZTUA", "DUPLICATE"),
    ("PROFORMA", "PROFORMA", "PROFORMA", "PROFORMA", "PRO FORMA"),
    # parties and facts
    ("Facturado a", "Facturat a", "Facturado a", "Bezeroa", "Billed to"),
    ("Elige un cliente", "Tria un client", "Elixe un cliente", "Aukeratu bezeroa",
     "Choose a customer"),
    ("Identificación", "Identificació", "Identificación", "Identifikazioa", "Tax ID"),
    ("Fecha de expedición", "Data d’expedició", "Data de expedición", "Egite-data", "Issue date"),
    ("Fecha de operación", "Data d’operació", "Data de operación", "Eragiketa-data",
     "Date of supply"),
    ("Vencimiento", "Venciment", "Vencemento", "Epemuga", "Due date"),
    ("Forma de pago", "Forma de pagament", "Forma de pagamento", "Ordainketa-modua",
     "Payment method"),
    ("Tu referencia", "La teva referència", "A túa referencia", "Zure erreferentzia",
     "Your reference"),
    ("Te atiende", "T’atén", "Aténdete", "Zure arduraduna", "Your contact"),
    ("Transferencia", "Transferència", "Transferencia", "Transferentzia", "Bank transfer"),
    ("Domiciliación", "Domiciliació", "Domiciliación", "Helbideratzea", "Direct debit"),
    ("Tarjeta", "Targeta", "Tarxeta", "Txartela", "Card"),
    ("Efectivo", "Efectiu", "Efectivo", "Eskudirua", "Cash"),
    (
        "¿Dudas con esta factura? %(contact)s", "Dubtes amb aquesta factura? %(contact)s",
        "Dúbidas con esta factura? %(contact)s", "Faktura honi buruzko zalantzak? %(contact)s",
        "Questions about this invoice? %(contact)s",
    ),
    # lines and taxes
    ("Suplido", "Suplert", "Suplido", "Ordaindutakoa", "Disbursement"),
    ("Exento", "Exempt", "Exento", "Salbuetsia", "Exempt"),
    ("No sujeta", "No subjecta", "Non suxeita", "Ez lotua", "Not subject"),
    ("ISP", "ISP", "ISP", "SPI", "Reverse ch."),
    ("IVA", "IVA", "IVE", "BEZ", "VAT"),
    ("IVA exento", "IVA exempt", "IVE exento", "BEZ salbuetsia", "VAT exempt"),
    ("IGIC exento", "IGIC exempt", "IGIC exento", "IGIC salbuetsia", "IGIC exempt"),
    ("IPSI exento", "IPSI exempt", "IPSI exento", "IPSI salbuetsia", "IPSI exempt"),
    ("Suma", "Suma", "Suma", "Batura", "Subtotal"),
    ("Descuento %(pct)s", "Descompte %(pct)s", "Desconto %(pct)s", "Deskontua %(pct)s",
     "Discount %(pct)s"),
    ("Descuento", "Descompte", "Desconto", "Deskontua", "Discount"),
    ("Base imponible", "Base imposable", "Base impoñible", "Zerga-oinarria", "Taxable base"),
    ("Recargo %(pct)s", "Recàrrec %(pct)s", "Recarga %(pct)s", "Errekargua %(pct)s",
     "Surcharge %(pct)s"),
    ("Total factura", "Total factura", "Total factura", "Fakturaren guztizkoa", "Invoice total"),
    (
        "Retención IRPF %(pct)s", "Retenció IRPF %(pct)s", "Retención IRPF %(pct)s",
        "PFEZ atxikipena %(pct)s", "Income tax withheld %(pct)s",
    ),
    ("Suplidos", "Suplerts", "Suplidos", "Ordaindutakoak", "Disbursements"),
    ("Anticipos", "Bestretes", "Anticipos", "Aurrerakinak", "Advances"),
    ("Anticipos cobrados", "Bestretes cobrades", "Anticipos cobrados", "Kobratutako aurrerakinak",
     "Advances received"),
    ("A pagar", "A pagar", "A pagar", "Ordaintzeko", "Amount due"),
    ("Total a pagar", "Total a pagar", "Total a pagar", "Ordaintzeko guztira", "Total due"),
    ("A tu favor", "Al teu favor", "Ao teu favor", "Zure alde", "In your favour"),
    ("Total", "Total", "Total", "Guztira", "Total"),
    # payment
    (
        "Pagada el %(day)s. ¡Gracias!", "Pagada el %(day)s. Gràcies!",
        "Pagada o %(day)s. Grazas!", "Ordainduta: %(day)s. Eskerrik asko!",
        "Paid on %(day)s. Thank you!",
    ),
    ("Pago en efectivo", "Pagament en efectiu", "Pagamento en efectivo", "Eskudirutan ordaintzeko",
     "Payment in cash"),
    ("Pago con tarjeta", "Pagament amb targeta", "Pagamento con tarxeta", "Txartelez ordaintzeko",
     "Payment by card"),
    (
        "Lo cargaremos a su vencimiento en la cuenta %(iban)s.",
        "Ho carregarem al seu venciment al compte %(iban)s.",
        "Cargarémolo ao seu vencemento na conta %(iban)s.",
        "Epemugan kargatuko dugu %(iban)s kontuan.",
        "We will debit account %(iban)s on its due date.",
    ),
    (
        "Lo cargaremos a su vencimiento en tu cuenta.",
        "Ho carregarem al seu venciment al teu compte.",
        "Cargarémolo ao seu vencemento na túa conta.",
        "Epemugan zure kontuan kargatuko dugu.",
        "We will debit your account on its due date.",
    ),
    (
        "Lo cargaremos el %(day)s en la cuenta %(iban)s.",
        "Ho carregarem el %(day)s al compte %(iban)s.",
        "Cargarémolo o %(day)s na conta %(iban)s.",
        "Kontuan kargatuko dugu: %(day)s, %(iban)s.",
        "We will debit account %(iban)s on %(day)s.",
    ),
    (
        "Lo cargaremos el %(day)s en tu cuenta.", "Ho carregarem el %(day)s al teu compte.",
        "Cargarémolo o %(day)s na túa conta.", "Zure kontuan kargatuko dugu: %(day)s.",
        "We will debit your account on %(day)s.",
    ),
    ("No tienes que hacer nada", "No has de fer res", "Non tes que facer nada",
     "Ez duzu ezer egin behar", "Nothing to do"),
    # legal mentions
    ("Inversión del sujeto pasivo", "Inversió del subjecte passiu",
     "Investimento do suxeito pasivo", "Subjektu pasiboaren inbertsioa", "Reverse charge"),
    ("Operación exenta", "Operació exempta", "Operación exenta", "Eragiketa salbuetsia",
     "Exempt supply"),
    *(
        (
            f"Operación exenta ({article} Ley 37/1992)",
            f"Operació exempta ({article} Llei 37/1992)",
            f"Operación exenta ({article} Lei 37/1992)",
            f"Eragiketa salbuetsia (37/1992 Legea, {article})",
            f"Exempt supply ({article} Law 37/1992)",
        )
        for article in ("art. 20", "art. 21", "art. 22", "art. 25", "arts. 23 y 24")
    ),
    (
        "Operación exenta de IGIC (art. 50 Ley 4/2012)",
        "Operació exempta d’IGIC (art. 50 Llei 4/2012)",
        "Operación exenta de IGIC (art. 50 Lei 4/2012)",
        "IGICetik salbuetsitako eragiketa (4/2012 Legea, art. 50)",
        "Supply exempt from IGIC (art. 50 Law 4/2012)",
    ),
    (
        "Operación exenta de IGIC (exportación)", "Operació exempta d’IGIC (exportació)",
        "Operación exenta de IGIC (exportación)", "IGICetik salbuetsitako eragiketa (esportazioa)",
        "Supply exempt from IGIC (export)",
    ),
    (
        "Operación exenta de IGIC: comerciante minorista",
        "Operació exempta d’IGIC: comerciant minorista",
        "Operación exenta de IGIC: comerciante polo miúdo",
        "IGICetik salbuetsitako eragiketa: txikizkako merkataria",
        "Supply exempt from IGIC: retailer",
    ),
    (
        "Operación exenta de IGIC: régimen especial del pequeño empresario o profesional",
        "Operació exempta d’IGIC: règim especial del petit empresari o professional",
        "Operación exenta de IGIC: réxime especial do pequeno empresario ou profesional",
        "IGICetik salbuetsitako eragiketa: enpresaburu edo profesional txikiaren araubide berezia",
        "Supply exempt from IGIC: special scheme for small businesses",
    ),
    ("Operación exenta de IPSI", "Operació exempta d’IPSI", "Operación exenta de IPSI",
     "IPSItik salbuetsitako eragiketa", "Supply exempt from IPSI"),
    ("Operación no sujeta", "Operació no subjecta", "Operación non suxeita",
     "Zergari lotu gabeko eragiketa", "Supply not subject to tax"),
    (
        "Operación no sujeta (art. 7 Ley 37/1992)", "Operació no subjecta (art. 7 Llei 37/1992)",
        "Operación non suxeita (art. 7 Lei 37/1992)",
        "Zergari lotu gabeko eragiketa (37/1992 Legea, art. 7)",
        "Supply not subject to tax (art. 7 Law 37/1992)",
    ),
    ("Operación no sujeta a IGIC", "Operació no subjecta a IGIC", "Operación non suxeita a IGIC",
     "IGICi lotu gabeko eragiketa", "Supply not subject to IGIC"),
    ("Operación no sujeta a IPSI", "Operació no subjecta a IPSI", "Operación non suxeita a IPSI",
     "IPSIri lotu gabeko eragiketa", "Supply not subject to IPSI"),
    (
        "Operación no sujeta por reglas de localización",
        "Operació no subjecta per regles de localització",
        "Operación non suxeita por regras de localización",
        "Kokapen-arauengatik zergari lotu gabeko eragiketa",
        "Supply not subject to tax by place-of-supply rules",
    ),
    (
        "Operación no sujeta a IGIC por reglas de localización",
        "Operació no subjecta a IGIC per regles de localització",
        "Operación non suxeita a IGIC por regras de localización",
        "Kokapen-arauengatik IGICi lotu gabeko eragiketa",
        "Supply not subject to IGIC by place-of-supply rules",
    ),
    (
        "Régimen especial de las agencias de viajes", "Règim especial de les agències de viatges",
        "Réxime especial das axencias de viaxes", "Bidaia-agentzien araubide berezia",
        "Margin scheme — Travel agents",
    ),
    (
        "Régimen especial de los bienes usados", "Règim especial dels béns usats",
        "Réxime especial dos bens usados", "Ondasun erabilien araubide berezia",
        "Margin scheme — Second-hand goods",
    ),
    (
        "Régimen especial del criterio de caja", "Règim especial del criteri de caixa",
        "Réxime especial do criterio de caixa", "Kutxa-irizpidearen araubide berezia",
        "Cash accounting",
    ),
    (
        "Régimen especial de ventanilla única (OSS)", "Règim especial de finestreta única (OSS)",
        "Réxime especial de xanela única (OSS)", "Leihatila bakarraren araubide berezia (OSS)",
        "One-stop shop scheme (OSS)",
    ),
    # what it corrects, replaces or gathers
    ("%(number)s de %(day)s", "%(number)s de %(day)s", "%(number)s do %(day)s",
     "%(number)s (%(day)s)", "%(number)s of %(day)s"),
    ("Rectifica %(named)s", "Rectifica %(named)s", "Rectifica %(named)s",
     "Zuzentzen du: %(named)s", "Corrects %(named)s"),
    ("Rectifica el periodo %(period)s", "Rectifica el període %(period)s",
     "Rectifica o período %(period)s", "Zuzentzen duen aldia: %(period)s",
     "Corrects the period %(period)s"),
    ("Sustituye a %(named)s", "Substitueix %(named)s", "Substitúe a %(named)s",
     "Ordezten du: %(named)s", "Replaces %(named)s"),
    ("Reúne %(named)s", "Aplega %(named)s", "Reúne %(named)s", "Biltzen du: %(named)s",
     "Gathers %(named)s"),
    (
        "Importes que se sustituyen: base %(base)s, cuota %(tax)s",
        "Imports que se substitueixen: base %(base)s, quota %(tax)s",
        "Importes que se substitúen: base %(base)s, cota %(tax)s",
        "Ordezten diren zenbatekoak: oinarria %(base)s, kuota %(tax)s",
        "Amounts replaced: base %(base)s, tax %(tax)s",
    ),
    (", recargo %(amount)s", ", recàrrec %(amount)s", ", recarga %(amount)s",
     ", errekargua %(amount)s", ", surcharge %(amount)s"),
    (
        "Circunstancia del art. 80 LIVA: %(what)s, de %(day)s.",
        "Circumstància de l’art. 80 LIVA: %(what)s, de %(day)s.",
        "Circunstancia do art. 80 LIVA: %(what)s, do %(day)s.",
        "BEZ Legearen 80. art. inguruabarra: %(what)s (%(day)s).",
        "Circumstance of art. 80 of the VAT Law: %(what)s, of %(day)s.",
    ),
    ("Operaciones del %(day)s · %(sum)s", "Operacions del %(day)s · %(sum)s",
     "Operacións do %(day)s · %(sum)s", "Eragiketak: %(day)s · %(sum)s",
     "Operations of %(day)s · %(sum)s"),
    ("Operación del %(day)s", "Operació del %(day)s", "Operación do %(day)s",
     "Eragiketa: %(day)s", "Supply of %(day)s"),
    ("Provisiones cobradas", "Provisions cobrades", "Provisións cobradas",
     "Kobratutako hornidurak", "Funds received"),
    ("Los precios unitarios van sin impuesto.", "Els preus unitaris van sense impost.",
     "Os prezos unitarios van sen imposto.", "Prezio unitarioak zergarik gabe daude.",
     "Unit prices do not include tax."),
    ("Vencimiento %(n)s", "Venciment %(n)s", "Vencemento %(n)s", "%(n)s. epemuga",
     "Due date %(n)s"),
    ("Ya facturado", "Ja facturat", "Xa facturado", "Lehendik fakturatua", "Already invoiced"),
    ("Por diferencias", "Per diferències", "Por diferenzas", "Diferentzien bidez",
     "By differences"),
    ("Por sustitución", "Per substitució", "Por substitución", "Ordezkapen bidez",
     "By replacement"),
    ("Devolución", "Devolució", "Devolución", "Itzulketa", "Return"),
    ("Devolución de envases", "Devolució d’envasos", "Devolución de envases",
     "Ontzien itzulketa", "Return of packaging"),
    ("Descuento posterior a la operación", "Descompte posterior a l’operació",
     "Desconto posterior á operación", "Eragiketaren ondorengo deskontua",
     "Discount after the supply"),
    ("Cambio de precio", "Canvi de preu", "Cambio de prezo", "Prezio-aldaketa",
     "Change of price"),
    ("Impuesto determinado incorrectamente", "Impost determinat incorrectament",
     "Imposto determinado incorrectamente", "Gaizki zehaztutako zerga",
     "Tax wrongly determined"),
    (
        "Concurso de acreedores del destinatario", "Concurs de creditors del destinatari",
        "Concurso de acredores do destinatario", "Hartzailearen hartzekodunen konkurtsoa",
        "Insolvency of the customer",
    ),
    ("Crédito incobrable", "Crèdit incobrable", "Crédito incobrable", "Kreditu kobraezina",
     "Bad debt"),
    ("Datos incorrectos en la factura", "Dades incorrectes a la factura",
     "Datos incorrectos na factura", "Fakturako datu okerrak", "Wrong data on the invoice"),
    ("Rappel por volumen de compras", "Ràpel per volum de compres",
     "Rappel por volume de compras", "Erosketa-bolumenaren araberako rappela",
     "Volume rebate"),
    (
        "Tipo de cambio: 1 %(currency)s = %(rate)s €. Las cuotas del impuesto van en euros.",
        "Tipus de canvi: 1 %(currency)s = %(rate)s €. Les quotes de l’impost van en euros.",
        "Tipo de cambio: 1 %(currency)s = %(rate)s €. As cotas do imposto van en euros.",
        "Kanbio-tasa: 1 %(currency)s = %(rate)s €. Zerga-kuotak eurotan daude.",
        "Exchange rate: 1 %(currency)s = €%(rate)s. Tax amounts are in euros.",
    ),
    ("Cliente", "Client", "Cliente", "Bezeroa", "Customer"),
    ("Cliente de contado", "Client al comptat", "Cliente de contado", "Eskudiruko bezeroa",
     "Cash customer"),
    ("IVA incluido", "IVA inclòs", "IVE incluído", "BEZ barne", "VAT included"),
    ("Impuestos incluidos", "Impostos inclosos", "Impostos incluídos", "Zergak barne",
     "Taxes included"),
)  # fmt: skip

_WORDS = {
    language: {row[0]: row[number] for row in _ROWS}
    for number, language in enumerate(_COLUMNS, start=1)
}
_MENTIONS = ("Inversión", "Operación", "Régimen")

_MONTHS = {
    "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    "gl": "xaneiro febreiro marzo abril maio xuño xullo agosto setembro outubro novembro decembro",
    "eu": "urtarrilaren otsailaren martxoaren apirilaren maiatzaren ekainaren uztailaren "
    "abuztuaren irailaren urriaren azaroaren abenduaren",
    "en": "January February March April May June July August September October November December",
}


@dataclass(frozen=True)
class Say:
    """From Spanish words to those of a language, `%(name)s` parts staying to be filled, and
    `figures`, which writes amounts and days as it does."""

    words: Callable[[str], str]
    figures: Figures = SPANISH

    def __call__(self, text: str) -> str:
        return self.words(text)


def speaker(language: str, *, figures: Figures | None = None) -> Say:
    """The words of a language. With `figures`, those and not its own: for a screen, where all the
    others are written so."""
    language = known(language)
    return Say(_words_of(language), figures or figures_of(language))


def _words_of(language: str) -> Callable[[str], str]:
    words = _WORDS.get(language)
    if words is None:
        return str
    if language != "en":
        return lambda text: words.get(str(text), str(text))

    def say(text: str) -> str:
        found = words.get(str(text), str(text))
        is_mention = str(text).startswith(_MENTIONS) and found != str(text)
        return f"{found} ({text})" if is_mention else found

    return say


def labels_of(language: str) -> dict[str, str]:
    """The labels of the templates in that language; empty in Spanish, which is theirs."""
    return LABELS.get(known(language), {})


def long_date(day: date, language: str) -> str:
    """«21 de noviembre de 2026», «21 de novembre de 2026», «2026ko azaroaren 21a»…"""
    language = known(language)
    if language not in _MONTHS:
        return format_long(day)
    month = _MONTHS[language].split()[day.month - 1]
    if language == "eu":
        return f"{day.year}ko {month} {day.day}a"
    if language == "en":
        return f"{day.day} {month} {day.year}"
    of = "d’" if language == "ca" and month[0] in "aeiou" else "de "
    year = "del" if language == "ca" else "de"
    return f"{day.day} {of}{month} {year} {day.year}"


IN_SPANISH = speaker("es")


def tax_label(label: str, say: Say) -> str:
    """«IVA 21 %» with the tax by its name in the language, and its rate as it writes it."""
    whole = say(label)
    if whole != label:
        return whole
    name, space, rest = label.partition(" ")
    return f"{say(name)}{space}{say.figures.label(rest)}"
