import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import lonja.tax
from lonja.tax import (
    Document,
    InvoiceRef,
    Party,
    RuleBroken,
    TaxLine,
    advice,
    check_document,
    mentions,
    tax_line,
    totals_of,
)
from lonja.tax.invoicing import issue_deadline, recap_deadline
from lonja.tax.rules.corrections import correction_deadline
from lonja.tax.rules.simplified import activity_code

D = Decimal
TODAY = date(2026, 11, 21)
GOOD = Document(
    kind="F1",
    number="F2026-0001",
    issue_date=TODAY,
    issuer=Party("Clima Levante SL", "B12345674", "Calle Mayor 1, 28001 Madrid"),
    recipients=(Party("Cliente SA", "A58818501", "Av. Diagonal 10, 08019 Barcelona"),),
    lines=(tax_line("iva_general", TODAY, D(1), D(100), description="Revisión"),),
)


def _refused(**changes) -> RuleBroken:
    with pytest.raises(RuleBroken) as refused:
        check_document(replace(GOOD, **changes), today=TODAY)
    return refused.value


def test_a_good_invoice_passes():
    check_document(GOOD, today=TODAY)


def test_a_refusal_says_what_is_wrong_and_quotes_the_rule():
    refused = _refused(recipients=(replace(GOOD.recipients[0], nif="A58818502"),))
    assert refused.code == "nif_control"
    assert "debería ser 1" in str(refused)
    assert "AEAT 1123/1239" in str(refused)


def test_a_vat_number_confirmed_by_vies_beats_its_control_digit():
    wrong = Party("Muster", "", "Berlin", "02", "DE811569868", "DE")
    line = (tax_line("intracomunitaria", TODAY, D(1), D(9), description="Máquina"),)
    assert _refused(recipients=(wrong,), lines=line).code == "vat_control"
    confirmed = replace(GOOD, recipients=(replace(wrong, vat_confirmed=True),), lines=line)
    check_document(confirmed, today=TODAY)


def test_a_consumer_may_lack_an_address_and_bears_no_retention():
    person = Party("Ana", "12345678Z", is_consumer=True)
    check_document(replace(GOOD, recipients=(person,)), today=TODAY)
    assert _refused(recipients=(person,), withholding_pct=D(15)).code == "withholding_consumer"


def test_a_corrective_may_correct_another_of_its_own_series():
    other = InvoiceRef("R2026-0001", TODAY, kind="R1", series="R2026-")
    changes = {
        "kind": "R1",
        "number": "R2026-0002",
        "series": "R2026-",
        "correction": "I",
        "corrects": (other,),
    }
    check_document(replace(GOOD, **changes), today=TODAY)
    changes["corrects"] = (replace(other, kind="F1"),)
    assert _refused(**changes).code == "corrective_series"


def test_only_r5_corrects_a_simplified_invoice():
    ref = InvoiceRef("T2026-0001", TODAY, kind="F2", series="T2026-")
    assert _refused(kind="R1", correction="I", corrects=(ref,)).code == "corrective_kind"


def test_the_four_years_run_from_the_devengo_or_the_event_of_article_80():
    assert correction_deadline(date(2022, 11, 21)) == TODAY
    assert correction_deadline(date(2020, 1, 1), date(2026, 5, 4)) == date(2030, 5, 4)


def test_deadlines_of_article_11_and_13():
    assert recap_deadline(date(2026, 10, 3), to_business=False) == date(2026, 10, 31)
    assert recap_deadline(date(2026, 12, 3), to_business=True) == date(2027, 1, 15)
    assert issue_deadline(TODAY, to_business=False) == TODAY


def test_mentions_come_from_how_the_lines_are_taxed():
    line = tax_line("isp", TODAY, D(1), D(9), description="Obra")
    exempt = tax_line("exenta_art20", TODAY, D(1), D(9), description="Curso")
    document = replace(GOOD, lines=(line, exempt, line))
    assert mentions(document) == [
        "Inversión del sujeto pasivo",
        "Operación exenta (art. 20 Ley 37/1992)",
    ]


def test_an_eu_service_says_reverse_charge_and_another_abroad_does_not():
    line = TaxLine(D(1), D(9), qualification="N2", description="Asesoría")
    german = Party("Muster", "", "Berlin", "02", "DE811569869", "DE")
    american = Party("Acme", "", "Boston", "04", "98-76", "US")
    assert mentions(replace(GOOD, lines=(line,), recipients=(german,))) == [
        "Inversión del sujeto pasivo"
    ]
    assert "localización" in mentions(replace(GOOD, lines=(line,), recipients=(american,)))[0]


def test_activities_of_article_4_2_are_known_by_code_and_in_words():
    assert activity_code("hospitality") == "hospitality"
    assert activity_code("Peluquería") == "hairdressing"
    assert activity_code("venta_al_por_menor") == "retail"
    assert activity_code("comercio al por mayor") == ""
    assert activity_code("consultoría") == ""


def test_advice_warns_without_refusing():
    late = replace(GOOD, operation_date=date(2026, 9, 1))
    check_document(late, today=TODAY)
    assert "15/10/2026" in advice(late, totals_of(late))[0]
    of_a_line = replace(GOOD, lines=(replace(GOOD.lines[0], operation_date=date(2026, 9, 1)),))
    assert "15/10/2026" in advice(of_a_line, totals_of(of_a_line))[0]
    surcharged = tax_line("iva_general", TODAY, D(1), D(9), surcharged=True, description="Tela")
    document = replace(GOOD, lines=(surcharged,))
    assert "minoristas" in advice(document, totals_of(document))[0]
    shared = replace(document, recipients=(replace(GOOD.recipients[0], nif="E12345674"),))
    assert advice(shared, totals_of(shared)) == []
    abroad = replace(GOOD, lines=(tax_line("oss", TODAY, D(1), D(9), description="Manual"),))
    assert "IVA del país del cliente" in advice(abroad, totals_of(abroad))[0]


def test_a_company_that_bears_the_withholding_of_a_person_is_told():
    held = replace(GOOD, withholding_pct=D(15))
    assert "Impuesto sobre Sociedades" in advice(held, totals_of(held))[0]
    rent = replace(GOOD, withholding_pct=D(19))
    assert advice(rent, totals_of(rent)) == []
    person = replace(held, issuer=replace(GOOD.issuer, nif="12345678Z"))
    assert advice(person, totals_of(person)) == []


def test_between_businesses_more_than_60_days_to_pay_is_told():
    buyer = replace(GOOD.recipients[0], is_consumer=False)
    day = GOOD.operation_date or GOOD.issue_date
    far = replace(GOOD, recipients=(buyer,), due_date=day + timedelta(days=61))
    assert "61 días" in advice(far, totals_of(far))[0]
    at_60 = replace(far, due_date=day + timedelta(days=60))
    assert advice(at_60, totals_of(at_60)) == []
    person = replace(far, recipients=(replace(buyer, is_consumer=True),))
    assert advice(person, totals_of(person)) == []


def test_a_consumer_who_never_accepted_invoices_by_mail_is_told():
    person = replace(GOOD.recipients[0], is_consumer=True, accepts_electronic=False)
    document = replace(GOOD, recipients=(person,))
    assert "63.3 LGDCU" in advice(document, totals_of(document))[0]
    accepted = replace(GOOD, recipients=(replace(person, accepts_electronic=True),))
    assert advice(accepted, totals_of(accepted)) == []


def test_tax_and_kit_do_not_know_django():
    code = (
        "import sys, lonja.tax, lonja.tax.golden, lonja.kit.spreadsheets, lonja.kit.identifiers;"
        "sys.exit('django' in sys.modules)"
    )
    source = str(Path(lonja.tax.__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": source})
    assert done.returncode == 0
