"""What the mails of billing say, in the five languages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lonja.mail.texts import Purpose, Variable

INVOICE, CORRECTION, ACCESS = "invoice", "correction", "access"

# literals: each text is in its own language and the house may change it

_INVOICE = {
    "es": (
        "Factura {numero} de {empresa}",
        "{mensaje}\n\n"
        "Te adjuntamos la factura {numero} de {empresa}, por {importe}.\n"
        "Vencimiento: {vencimiento}\n\n"
        "Ver la factura: {enlace}\n\n"
        "Gracias,\n{empresa}\n",
    ),
    "ca": (
        "Factura {numero} de {empresa}",
        "{mensaje}\n\n"
        "T’adjuntem la factura {numero} de {empresa}, per {importe}.\n"
        "Venciment: {vencimiento}\n\n"
        "Veure la factura: {enlace}\n\n"
        "Gràcies,\n{empresa}\n",
    ),
    "gl": (
        "Factura {numero} de {empresa}",
        "{mensaje}\n\n"
        "Achegámosche a factura {numero} de {empresa}, por {importe}.\n"
        "Vencemento: {vencimiento}\n\n"
        "Ver a factura: {enlace}\n\n"
        "Grazas,\n{empresa}\n",
    ),
    "eu": (
        "{empresa}: {numero} faktura",
        "{mensaje}\n\n"
        "Erantsita bidaltzen dizugu {numero} faktura. Igorlea: {empresa}. Zenbatekoa: {importe}.\n"
        "Epemuga: {vencimiento}\n\n"
        "Ikusi faktura: {enlace}\n\n"
        "Eskerrik asko,\n{empresa}\n",
    ),
    "en": (
        "Invoice {numero} from {empresa}",
        "{mensaje}\n\n"
        "Please find attached invoice {numero} from {empresa}, for {importe}.\n"
        "Due date: {vencimiento}\n\n"
        "View the invoice: {enlace}\n\n"
        "Thank you,\n{empresa}\n",
    ),
}
_CORRECTION = {
    "es": (
        "Factura rectificativa {numero} de {empresa}",
        "Te adjuntamos la factura rectificativa {numero} de {empresa}, por {importe}.\n\n"
        "Ver la factura: {enlace}\n\n"
        "Gracias,\n{empresa}\n",
    ),
    "ca": (
        "Factura rectificativa {numero} de {empresa}",
        "T’adjuntem la factura rectificativa {numero} de {empresa}, per {importe}.\n\n"
        "Veure la factura: {enlace}\n\n"
        "Gràcies,\n{empresa}\n",
    ),
    "gl": (
        "Factura rectificativa {numero} de {empresa}",
        "Achegámosche a factura rectificativa {numero} de {empresa}, por {importe}.\n\n"
        "Ver a factura: {enlace}\n\n"
        "Grazas,\n{empresa}\n",
    ),
    "eu": (
        "{empresa}: {numero} faktura zuzentzailea",
        "Erantsita bidaltzen dizugu {numero} faktura zuzentzailea. Igorlea: {empresa}. "
        "Zenbatekoa: {importe}.\n\n"
        "Ikusi faktura: {enlace}\n\n"
        "Eskerrik asko,\n{empresa}\n",
    ),
    "en": (
        "Corrective invoice {numero} from {empresa}",
        "Please find attached corrective invoice {numero} from {empresa}, for {importe}.\n\n"
        "View the invoice: {enlace}\n\n"
        "Thank you,\n{empresa}\n",
    ),
}
_ACCESS = {
    "es": (
        "Tus facturas de {empresa}",
        "Hola:\n\nNos has pedido el enlace para ver tus facturas de {empresa}.\n\n"
        "Ver mis facturas: {enlace}\n\n"
        "Vale durante {dias} días. Si no lo has pedido tú, no hace falta que hagas nada.\n\n"
        "{empresa}\n",
    ),
    "ca": (
        "Les teves factures de {empresa}",
        "Hola:\n\nEns has demanat l’enllaç per veure les teves factures de {empresa}.\n\n"
        "Veure les meves factures: {enlace}\n\n"
        "Val durant {dias} dies. Si no l’has demanat tu, no cal que facis res.\n\n"
        "{empresa}\n",
    ),
    "gl": (
        "As túas facturas de {empresa}",
        "Ola:\n\nPedíchesnos a ligazón para ver as túas facturas de {empresa}.\n\n"
        "Ver as miñas facturas: {enlace}\n\n"
        "Vale durante {dias} días. Se non a pediches ti, non fai falta que fagas nada.\n\n"
        "{empresa}\n",
    ),
    "eu": (
        "Zure fakturak: {empresa}",
        "Kaixo:\n\nZure fakturak ikusteko esteka eskatu diguzu ({empresa}).\n\n"
        "Ikusi nire fakturak: {enlace}\n\n"
        "{dias} egunez balio du. Zuk eskatu ez baduzu, ez duzu ezer egin behar.\n\n"
        "{empresa}\n",
    ),
    "en": (
        "Your invoices from {empresa}",
        "Hello,\n\nYou asked us for the link to your invoices from {empresa}.\n\n"
        "View my invoices: {enlace}\n\n"
        "It works for {dias} days. If it was not you, there is nothing you need to do.\n\n"
        "{empresa}\n",
    ),
}

_ENVELOPE = (
    Variable("cliente", _("Nombre del cliente"), "Hotel Mirador de la Bahía, S.L."),
    Variable("numero", _("Número de la factura"), "F2026/0413"),
    Variable("fecha", _("Fecha de expedición"), "21/11/2026"),
    Variable("importe", _("Importe que se paga"), "1.403,60\u00a0€"),
    Variable("vencimiento", _("Vencimiento, si lo hay"), "21/12/2026"),
    Variable("mensaje", _("Mensaje de la factura"), "¡Aquí tienes tu factura!"),
    Variable("empresa", _("Tu nombre comercial"), "Clima Levante"),
    Variable(
        "enlace", _("Enlace a la página del cliente"), "https://facturas.example/p/c3f9e2/factura/"
    ),
)

PURPOSES = (
    Purpose(
        INVOICE,
        _("Envío de facturas"),
        _("Lo que acompaña a cada factura, con su PDF."),
        _ENVELOPE,
        _INVOICE,
        attaches="Factura F2026-0413.pdf",
        order=10,
    ),
    Purpose(
        CORRECTION,
        _("Envío de rectificativas"),
        _("Lo que acompaña a una factura rectificativa, con su PDF."),
        _ENVELOPE,
        _CORRECTION,
        attaches="Factura R2026-0009.pdf",
        order=20,
    ),
    Purpose(
        ACCESS,
        _("Enlace a sus facturas"),
        _("Cuando un cliente lo pide en su página escribiendo su correo."),
        (
            Variable("empresa", _("Tu nombre comercial"), "Clima Levante"),
            Variable("enlace", _("Enlace privado"), "https://facturas.example/p/c3f9e2/factura/"),
            Variable("dias", _("Días que vale"), "30"),
        ),
        _ACCESS,
        order=30,
    ),
)
