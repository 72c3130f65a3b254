"""«Rectificar»: from questions to a rectificativa that fits what is left."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from tests.cast import make_member, make_organisation

from lonja.accounts.scope import scope
from lonja.billing.actions.correct import CAUSES, start_correction
from lonja.billing.actions.drafts import duplicate_invoice, save_draft
from lonja.billing.actions.issue import issue_invoice
from lonja.billing.actions.settle import register_payment
from lonja.billing.left import left_of
from lonja.billing.models import Invoice, InvoiceLine, MonthlySales, ReferenceRole, Status
from lonja.billing.verify import check_billing
from lonja.fiscal.models import Record
from lonja.kit.errors import Refused
from lonja.parties.models import Party


@pytest.fixture
def sold(lonja, hotel, lucia):
    """An issued invoice with those lines: `sold(("3", "100"), kind="simplified")`."""

    def make(*lines: tuple[str, str], kind: str = "ordinary", **more: Any) -> Invoice:
        today = lonja.company.today()
        more = {"issued_on": today, **more}
        invoice = Invoice(company=lonja.company, party=hotel, kind=kind, **more)
        built = [
            InvoiceLine(concept=f"Filtro {price}", quantity=Decimal(n), unit_price=Decimal(price))
            for n, price in lines or (("3", "100"),)
        ]
        save_draft(invoice, built, by=lucia)
        return issue_invoice(invoice, by=lucia, on=more["issued_on"])

    return make


def correct(originals, lucia, *, cause="return", correction="I", **more):
    on = originals[0].company.today()
    return start_correction(
        originals, CAUSES[cause], correction=correction, reason="", on=on, by=lucia, **more
    )


def posted(as_lucia, draft: Invoice, action: str, *lines: dict[str, str], **more: Any) -> Any:
    """What the editor posts for a draft, with these lines instead of its own."""
    rows = list(lines) or [
        {
            "concept": line.concept,
            "quantity": f"{line.quantity.normalize():f}",
            "unit_price": f"{line.unit_price.normalize():f}".replace(".", ","),
            "tax_category": line.tax_category,
        }
        for line in draft.lines.all()
    ]
    data: dict[str, Any] = {
        "company": draft.company_id,
        "party": draft.party_id,
        "party_before": draft.party_id,
        "version": draft.version,
        "issued_on": f"{draft.issued_on:%d/%m/%Y}",
        "operation_on": f"{draft.operation_on:%d/%m/%Y}" if draft.operation_on else "",
        "due_on": f"{draft.due_on:%d/%m/%Y}" if draft.due_on else "",
        "payment_method": "transfer",
        "correction_reason": draft.correction_reason,
        "corrected_period": draft.corrected_period,
        "withholding_pct": "0",
        "series": more.pop("series", None) or _series(draft),
        "lineas-TOTAL_FORMS": len(rows),
        "accion": action,
    }
    for number, row in enumerate(rows):
        data[f"lineas-{number}-ORDER"] = str(number + 1)
        data |= {f"lineas-{number}-{name}": text for name, text in row.items()}
    return as_lucia.post(f"/facturas/{draft.pk}/editar/", {**data, **more})


def _series(draft: Invoice) -> int:
    from lonja.billing.actions.issue import series_for

    return series_for(draft).pk


@pytest.mark.parametrize(
    ("cause", "kind", "how"),
    [
        ("return", "r1", "I"),
        ("discount", "r1", "I"),
        ("tax", "r1", "S"),
        ("insolvency", "r2", "I"),
        ("unpaid", "r3", "I"),
        ("data", "r4", "S"),
    ],
)
def test_plain_questions_lead_to_the_kind(as_lucia, sold, cause, kind, how):
    one = sold()
    page = as_lucia.get(f"/facturas/{one.pk}/rectificativa/").content.decode()
    assert "¿Qué ha pasado?" in page
    answer = as_lucia.post(f"/facturas/{one.pk}/rectificativa/", {"cause": cause})
    draft = Invoice.objects.get(status=Status.DRAFT)
    assert answer.url.endswith(f"/facturas/{draft.pk}/editar/")
    assert (draft.kind, draft.correction) == (kind, how)
    assert draft.references.get().target == one


def test_a_receipt_is_always_corrected_with_r5(as_lucia, sold):
    one = sold(("1", "50"), kind="simplified", prices_include_tax=True)
    as_lucia.post(f"/facturas/{one.pk}/rectificativa/", {"cause": "data"})
    draft = Invoice.objects.get(status=Status.DRAFT)
    assert draft.kind == "r5"
    assert draft.total_cents == 5000


def test_by_differences_the_lines_come_with_the_opposite_sign(as_lucia, sold, lucia):
    one = sold(("3", "100"), ("1", "33.33"), global_discount_pct=Decimal(7))
    draft = correct([one], lucia)
    assert [line.quantity for line in draft.lines.all()][:2] == [-3, -1]
    assert draft.total_cents == -one.total_cents
    assert draft.operation_on == one.issued_on
    page = as_lucia.get(f"/facturas/{draft.pk}/editar/").content.decode()
    assert "Antes" in page
    assert "Diferencia" in page


def test_part_of_it_is_returned_and_issued_through_the_door(as_lucia, sold, lonja, lucia):
    one = sold(("3", "100"))
    draft = correct([one], lucia)
    row = {"concept": "Filtro", "quantity": "-1", "unit_price": "100"}
    answer = posted(as_lucia, draft, "emitir", {**row, "tax_category": "iva_general"})
    draft.refresh_from_db()
    assert answer.status_code == 303
    assert (draft.number[0], draft.outstanding_cents) == ("R", -12100)
    assert left_of([one]).total_cents == 24200
    page = as_lucia.get(f"/facturas/{one.pk}/").content.decode()
    assert "Rectificada por" in page
    assert draft.number in page
    assert "Rectifica a" in as_lucia.get(f"/facturas/{draft.pk}/").content.decode()
    assert list(check_billing(lonja)) == []


def test_by_substitution_it_is_owed_only_the_difference(sold, lucia, lonja):
    one = sold(("1", "100"))
    draft = correct([one], lucia, cause="price", correction="S")
    line = InvoiceLine(concept="Filtro", unit_price=Decimal(80))
    save_draft(draft, [line], by=lucia)
    done = issue_invoice(draft, by=lucia)
    assert (done.total_cents, done.outstanding_cents) == (9680, 9680 - 12100)
    assert "<BaseRectificada>100.00<" in Record.objects.get(invoice=done).xml.replace("sf:", "")
    assert MonthlySales.objects.get().base_cents == 8000
    assert left_of([one]).total_cents == 9680
    assert list(check_billing(lonja)) == []


def test_the_sums_on_screen_of_a_substitution_add_up(as_lucia, issued, lucia):
    draft = correct([issued()], lucia, correction="S")
    page = as_lucia.get(f"/facturas/{draft.pk}/editar/").content.decode()
    assert "<dt>A cobrar</dt><dd>0,00\N{NO-BREAK SPACE}€</dd>" in page
    row = {"concept": "Filtro", "quantity": "1", "unit_price": "80", "tax_category": "iva_general"}
    less = posted(as_lucia, draft, "recalcular", row).content.decode()
    assert "<dt>A favor del cliente</dt><dd>24,20\N{NO-BREAK SPACE}€</dd>" in less
    posted(as_lucia, draft, "emitir", row)
    page = as_lucia.get(f"/facturas/{draft.pk}/").content.decode()
    assert "<dt>Ya facturado</dt>" in page and "−121,00" in page


def test_a_second_correction_starts_from_what_is_left(sold, lucia):
    one = sold(("3", "100"))
    first = correct([one], lucia)
    save_draft(first, [InvoiceLine(concept="Filtro 100", quantity=-1, unit_price=100)], by=lucia)
    issue_invoice(first, by=lucia)
    second = correct([one], lucia)
    assert [line.quantity for line in second.lines.all()] == [-2]
    second = issue_invoice(second, by=lucia)
    with pytest.raises(Refused) as refused:
        correct([one], lucia)
    assert refused.value.code == "nothing_left"
    third = correct([second], lucia)  # the second itself was wrong
    assert [line.quantity for line in third.lines.all()] == [2]
    issue_invoice(third, by=lucia)
    assert left_of([one]).total_cents == 24200


def test_a_substitution_of_a_substitution_replaces_what_stands(sold, lucia, lonja):
    one = sold(("1", "100"))
    for price in (80, 90):
        draft = correct([one], lucia, cause="price", correction="S")
        save_draft(draft, [InvoiceLine(concept="Filtro", unit_price=price)], by=lucia)
        issue_invoice(draft, by=lucia)
    last = Invoice.objects.order_by("-pk").first()
    assert (last.corrected_base_cents, last.outstanding_cents) == (8000, 1210)
    assert sum(i.outstanding_cents for i in Invoice.objects.issued()) == 10890
    assert list(check_billing(lonja)) == []


def test_nothing_is_corrected_beyond_its_amount(as_lucia, sold, lucia):
    one = sold(("1", "100"))
    drafts = [correct([one], lucia) for _n in range(2)]
    issue_invoice(drafts[0], by=lucia)
    answer = posted(as_lucia, drafts[1], "emitir", reference="Parte 12")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "quedan 0,00" in html
    assert 'value="Parte 12"' in html
    assert Invoice.objects.get(pk=drafts[1].pk).is_draft


def test_a_substitution_prepared_before_another_is_refused(sold, lucia):
    one = sold(("1", "100"))
    first, second = (correct([one], lucia, cause="data", correction="S") for _n in range(2))
    save_draft(first, [InvoiceLine(concept="Filtro", unit_price=50)], by=lucia)
    issue_invoice(first, by=lucia)
    with pytest.raises(Refused) as refused:
        issue_invoice(second, by=lucia)
    assert refused.value.code == "correction_stale"


def test_a_wrong_rate_is_taken_off_and_put_right(sold, lucia):
    one = sold(("1", "100"))
    draft = correct([one], lucia, cause="tax", correction="I")
    lines = [
        InvoiceLine(concept="A quitar", quantity=-1, unit_price=100),
        InvoiceLine(concept="A poner", unit_price=100, tax_category="iva_reducido"),
    ]
    save_draft(draft, lines, by=lucia)
    assert issue_invoice(draft, by=lucia).total_cents == -1100


def test_several_originals_in_one(as_lucia, sold, lucia, lonja):
    one, two = sold(("1", "100")), sold(("2", "50"))
    answer = as_lucia.post(
        f"/facturas/{one.pk}/rectificativa/", {"cause": "return", "con": [two.pk]}
    )
    assert answer.status_code == 303
    draft = Invoice.objects.get(status=Status.DRAFT)
    assert {row.target for row in draft.references.all()} == {one, two}
    assert draft.total_cents == -24200
    assert draft.credit_choice == "apply"  # nothing of them is paid: it is what is proposed
    issue_invoice(draft, by=lucia)
    with pytest.raises(Refused):
        correct([two], lucia)


def test_the_credit_of_what_was_paid_is_proposed_as_balance(as_lucia, issued, lucia):
    one = issued()
    register_payment(one, amount=one.outstanding_cents, on=one.issued_on, method="cash", by=lucia)
    as_lucia.post(f"/facturas/{one.pk}/rectificativa/", {"cause": "return"})
    assert Invoice.objects.get(status=Status.DRAFT).credit_choice == ""


def test_no_more_of_a_suplido_is_given_back_than_was_asked(draft, lucia):
    one = draft()
    rate = InvoiceLine(concept="Tasa", unit_price=30, is_disbursement=True)
    one = issue_invoice(save_draft(one, [*one.lines.all(), rate], by=lucia), by=lucia)
    back = correct([one], lucia)
    lines = list(back.lines.all())
    lines[1].quantity *= 5
    with pytest.raises(Refused) as refused:
        issue_invoice(save_draft(back, lines, by=lucia), by=lucia)
    assert "De los suplidos de" in refused.value.message
    lines[1].quantity /= 5
    assert issue_invoice(save_draft(back, lines, by=lucia), by=lucia).charged_cents == -15100


def test_wrong_data_do_not_leave_the_debt_with_who_was_billed(issued, lucia):
    """Of an invoice still owed: one that was paid may get its right name."""
    one = issued()
    other = Party.objects.create(name="Otro", nif="A58818501", address="C/ 1", city="Dénia")
    draft = correct([one], lucia, cause="data", correction="S")
    draft.party = other
    draft.save()
    with pytest.raises(Refused) as refused:
        issue_invoice(draft, by=lucia)
    assert refused.value.code == "correct_other_debtor"
    register_payment(one, amount=one.outstanding_cents, on=one.issued_on, method="cash", by=lucia)
    assert issue_invoice(draft, by=lucia).recipient["name"] == "Otro"


def test_those_of_another_withholding_are_corrected_apart(issued, lucia):
    one, two = issued(), issued(withholding_pct=Decimal(15))
    with pytest.raises(Refused) as refused:
        correct([one, two], lucia)
    assert refused.value.code == "correct_unlike"
    assert "la misma retención" in refused.value.message


def test_a_rebate_names_a_period_and_no_invoice(as_lucia, hotel, lonja):
    answer = as_lucia.post(
        "/facturas/rappel/",
        {"party": hotel.pk, "period": "Primer semestre de 2026", "reason": "Rappel"},
    )
    draft = Invoice.objects.get()
    assert answer.url.endswith(f"/facturas/{draft.pk}/editar/")
    row = {"concept": "Rappel", "quantity": "1", "unit_price": "200"}
    row["tax_category"] = "iva_general"
    up = posted(as_lucia, draft, "emitir", row)
    assert up.status_code == 409
    assert "escribe las cantidades en negativo" in up.content.decode()
    draft.refresh_from_db()
    posted(as_lucia, draft, "emitir", {**row, "quantity": "-1"})
    draft.refresh_from_db()
    assert (draft.total_cents, draft.corrected_period) == (-24200, "Primer semestre de 2026")


@pytest.fixture
def old(sold):
    """An invoice whose four years are over: its operation was five years ago."""
    return sold(("1", "100"), operation_on=_years_ago(5))


def _years_ago(years: int) -> Any:
    from django.utils import timezone

    return timezone.localdate() - timedelta(days=365 * years + 2)


def test_after_four_years_it_asks_for_the_circumstance(as_lucia, old):
    url = f"/facturas/{old.pk}/rectificativa/"
    assert "cuatro años" in as_lucia.get(url).content.decode()
    bare = as_lucia.post(url, {"cause": "insolvency", "reason": "Auto 12/2026"})
    assert bare.status_code == 422
    assert 'value="Auto 12/2026"' in bare.content.decode()
    told = {"art80_circumstance": "Auto de concurso", "art80_on": "hoy"}
    as_lucia.post(url, {"cause": "insolvency", **told})
    draft = Invoice.objects.get(status=Status.DRAFT)
    assert draft.art80_circumstance == "Auto de concurso"


def test_without_circumstance_it_is_not_issued(old, lucia):
    draft = correct([old], lucia)
    with pytest.raises(Refused) as refused:
        issue_invoice(draft, by=lucia)
    assert refused.value.code == "correction_late"
    draft.art80_circumstance, draft.art80_on = "Auto de concurso", draft.issued_on
    draft.save()
    assert issue_invoice(draft, by=lucia).number


def test_a_correction_whose_reason_was_rubbed_out_is_not_issued(sold, lucia):
    draft = correct([sold(("1", "100"))], lucia)
    draft.correction_reason = " "
    draft.save()
    with pytest.raises(Refused, match="Falta el motivo") as refused:
        issue_invoice(draft, by=lucia)
    assert set(refused.value.fields) == {"correction_reason"}


def test_to_correct_without_saying_what_happened_is_told_beside_the_question(as_lucia, sold):
    one = sold(("1", "100"))
    page = as_lucia.post(f"/facturas/{one.pk}/rectificativa/", {"reason": "Dos rotas"})
    html = page.content.decode()
    assert page.status_code == 422
    assert html.count("Di qué ha pasado con la factura.") == 2  # above, and beside it
    assert 'value="Dos rotas"' in html and "novalidate" in html


def test_the_paper_says_what_it_corrects_and_why(sold, lucia):
    from lonja.billing.document import invoice_document

    one = sold(("1", "100"))
    draft = correct([one], lucia, cause="data", correction="S")
    done = issue_invoice(draft, by=lucia)
    paper, _images = invoice_document(done)
    assert f"Rectifica {one.number} de" in paper["corrects"]
    assert "Datos incorrectos" in paper["corrects"]
    assert "base 100,00" in paper["notes"]


def test_the_client_of_a_correction_is_that_of_its_invoice(as_lucia, sold, lucia, hotel):
    other = Party.objects.create(name="Otro", nif="B98765431", address="C/ 1", city="Dénia")
    draft = correct([sold()], lucia)
    posted(as_lucia, draft, "guardar", party=other.pk)
    assert Invoice.objects.get(pk=draft.pk).party == hotel


def test_the_copy_of_a_correction_is_an_invoice_by_itself(sold, lucia):
    draft = correct([sold()], lucia)
    copy = duplicate_invoice(draft, by=lucia, on=draft.issued_on)
    assert (copy.kind, copy.correction, copy.references.count()) == ("ordinary", "", 0)


def test_an_advance_is_deducted_once(as_lucia, sold, typed, lucia, hotel):
    advance = sold(("1", "100"))
    url = "/facturas/nueva/?b=final"
    chosen = {"anticipos": "1", "anticipo": [advance.pk]}
    html = as_lucia.post(url, typed({"unit_price": "300"}, accion="anticipos", **chosen))
    assert f"Anticipo facturado en {advance.number}" in html.content.decode()
    less = {"concept": f"Anticipo facturado en {advance.number}", "unit_price": "-100"}
    as_lucia.post(url, typed({"unit_price": "300"}, less, accion="emitir", **chosen))
    final = Invoice.objects.order_by("-pk").first()
    assert (final.total_cents, final.status) == (24200, Status.ISSUED)
    assert final.references.get().role == ReferenceRole.ADVANCE
    again = typed({"unit_price": "300"}, less, accion="emitir", **chosen)
    refused = as_lucia.post("/facturas/nueva/?b=otra", again)
    assert refused.status_code == 409
    assert "ya se descontó en la factura" in refused.content.decode()


def test_a_discount_of_everything_does_not_make_the_advance_smaller(as_lucia, sold, typed):
    advance = sold(("1", "100"))
    chosen = {"anticipos": "1", "anticipo": [advance.pk], "accion": "emitir"}
    less = {"concept": f"Anticipo facturado en {advance.number}", "unit_price": "-100"}
    sent = typed({"unit_price": "300"}, less, global_discount_pct="10", **chosen)
    refused = as_lucia.post("/facturas/nueva/?b=final", sent)
    assert refused.status_code == 409
    assert "rebajaría también el anticipo" in refused.content.decode()
    by_line = typed({"unit_price": "300", "discount_pct": "10"}, less, **chosen)
    as_lucia.post("/facturas/nueva/?b=final", by_line)
    final = Invoice.objects.order_by("-pk").first()
    assert (final.total_cents, final.status) == (20570, Status.ISSUED)  # (270 - 100) and its IVA


@pytest.mark.no_scope
def test_two_people_issuing_the_same_correction_correct_it_once(real_commits):
    house = make_organisation("Prisas", "prisas", "B98765431")
    member = make_member(house, "Persona Uno")
    with scope(house):
        party = Party.objects.create(
            name="Cliente, S.L.", nif="B12345674", address="C/ Mayor, 1", city="Dénia"
        )
        one = save_draft(
            Invoice(company=house.company, party=party),
            [InvoiceLine(concept="Cuota", unit_price=100)],
            by=member,
        )
        one = issue_invoice(one, by=member)
        drafts = [correct([one], member) for _n in range(4)]
    codes: list[str] = []

    def work(draft: Invoice) -> None:
        try:
            with scope(house):
                issue_invoice(draft, by=member)
                codes.append("")
        except Refused as refused:
            codes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["", *["correction_too_large"] * 3]
    with scope(house):
        assert left_of([one]).total_cents == 0
        assert list(check_billing(house)) == []


@pytest.mark.parametrize(
    ("choice", "owed", "credit"), [("", 36300, 12100), ("apply", 24200, 0), ("refund", 24200, 0)]
)
def test_the_credit_stays_as_balance_or_is_applied(
    as_lucia, sold, lucia, lonja, choice, owed, credit
):
    from lonja.billing.models import Credit

    one = sold(("3", "100"))
    draft = correct([one], lucia)
    row = {"concept": "Filtro", "quantity": "-1", "unit_price": "100"}
    posted(as_lucia, draft, "emitir", {**row, "tax_category": "iva_general"}, saldo=choice)
    one.refresh_from_db()
    assert one.outstanding_cents == owed
    assert Credit.objects.get().remaining_cents == credit
    assert list(check_billing(lonja)) == []


def test_what_was_paid_is_given_back_as_the_draft_says_though_it_waits_a_day(
    as_lucia, sold, lucia, lonja
):
    """The choice stays in the draft: who issues it later, from its page, does not choose again."""
    from lonja.billing.models import Credit, Refund

    one = sold(("3", "100"))
    register_payment(one, amount=30000, on=one.issued_on, method="transfer", by=lucia)
    draft = correct([one], lucia)
    row = {"concept": "Filtro", "quantity": "-1", "unit_price": "100"}
    posted(as_lucia, draft, "guardar", {**row, "tax_category": "iva_general"}, saldo="refund")
    draft.refresh_from_db()
    assert draft.credit_choice == "refund"
    as_lucia.post(f"/facturas/{draft.pk}/emision/")
    one.refresh_from_db()
    credit = Credit.objects.get(invoice=draft)
    # 63,00 were owed; of the 121,00 of credit the rest goes back to the client.
    assert (one.outstanding_cents, credit.remaining_cents) == (0, 0)
    assert Refund.objects.get().amount_cents == 5800
    assert list(check_billing(lonja)) == []


def test_who_may_not_settle_gives_no_money_back_and_nothing_is_issued(sold, lucia, marcos):
    one = sold(("3", "100"))
    register_payment(one, amount=36300, on=one.issued_on, method="transfer", by=lucia)
    draft = correct([one], lucia)
    Invoice.objects.filter(pk=draft.pk).update(credit_choice="refund")
    with pytest.raises(Refused) as refused:
        issue_invoice(draft, by=marcos)
    assert refused.value.code == "may_not_refund"
    assert Invoice.objects.get(pk=draft.pk).is_draft


def test_what_only_takes_the_place_of_another_is_not_said_to_be_paid(as_lucia, sold, lucia):
    one = sold(("1", "100"))
    done = issue_invoice(correct([one], lucia, cause="data", correction="S"), by=lucia)
    assert (done.charged_cents, done.outstanding_cents) == (0, 0)
    paid = as_lucia.get("/facturas/?envio=pagada").content.decode()
    assert done.number not in paid
    assert done.number in as_lucia.get("/facturas/?envio=sin-enviar").content.decode()
