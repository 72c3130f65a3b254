"""The reminders a company begins with, and the same ones for customers who read English."""

from __future__ import annotations

from lonja.billing.models import Tone

# What a company begins with: texts of its own, in its language, that it changes as it likes.
_KIND_TEXT = """Hola:

La factura {numero}, de {importe}, venció el {vencimiento}. Seguramente se haya pasado; si ya la \
has pagado, olvida este correo.

Gracias,
{empresa}"""  # literal
_FIRM_TEXT = """Hola:

Sigue pendiente la factura {numero}, de {importe}, que venció el {vencimiento}. ¿Nos dices cuándo \
la pagaréis? Puedes hacerlo por transferencia a {iban}.

Un saludo,
{empresa}"""  # literal
_LAST_TEXT = """Hola:

Han pasado {dias} días desde el vencimiento de la factura {numero} ({importe}) y no hemos recibido \
el pago. Si no llega en los próximos siete días, la Ley 3/2004 nos permite reclamar intereses de \
demora y 40 € por costes de cobro.

{empresa}"""  # literal
FIRST_STEPS = (
    (3, Tone.KIND, "Recordatorio: factura {numero}", _KIND_TEXT),  # literal
    (15, Tone.FIRM, "Factura {numero} pendiente desde hace {dias} días", _FIRM_TEXT),  # literal
    (30, Tone.LAST, "Último aviso: factura {numero}", _LAST_TEXT),  # literal
)

_IN_ENGLISH = (
    (
        "Reminder: invoice {numero}",
        """Hello,

Invoice {numero}, for {importe}, was due on {vencimiento}. It has probably slipped your mind; if \
you have already paid it, please ignore this e-mail.

Thank you,
{empresa}""",
    ),
    (
        "Invoice {numero}, {dias} days overdue",
        """Hello,

Invoice {numero}, for {importe}, which was due on {vencimiento}, is still unpaid. Could you tell \
us when you will pay it? You can do so by bank transfer to {iban}.

Kind regards,
{empresa}""",
    ),
    (
        "Final notice: invoice {numero}",
        """Hello,

It is {dias} days since invoice {numero} ({importe}) was due and we have not received payment. If \
it does not arrive within the next seven days, Spanish Law 3/2004 allows us to claim late-payment \
interest and €40 in collection costs.

{empresa}""",
    ),
)
_ENGLISH_OF = {
    (subject, text): english
    for (_days, _tone, subject, text), english in zip(FIRST_STEPS, _IN_ENGLISH, strict=True)
}


def in_language(subject: str, text: str, language: str) -> tuple[str, str]:
    """(subject, text) of a step for customers of a language. What the company wrote itself goes as
    it wrote it."""
    if language != "en":
        return subject, text
    return _ENGLISH_OF.get((subject, text), (subject, text))
