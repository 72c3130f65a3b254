from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from lonja.fiscal.verifactu.records import ForeignId, InvoiceId, Recipient, Replaced
from lonja.fiscal.verifactu.schema import LR, SF
from lonja.fiscal.verifactu.xml import (
    Header,
    alta_xml,
    anulacion_xml,
    envelope,
    record_xml,
    validate,
    validate_many,
)
from lonja.kit.errors import Refused

from .cast import CLIENT, NAME, NIF, SAMPLE_CHAIN, alta, anulacion, row, sample_chain


def leaves(xml: bytes) -> list[tuple[str, str]]:
    elements = etree.fromstring(xml).iter("*")
    return [(e.tag, e.text or "") for e in elements if len(e) == 0]


def test_the_sample_submission_is_reproduced_element_by_element():
    ours = envelope(Header(NAME, NIF), map(record_xml, sample_chain()))
    validate(ours)
    validate(SAMPLE_CHAIN)
    assert leaves(ours) == leaves(SAMPLE_CHAIN)


def test_a_record_with_every_optional_field_is_valid():
    third = Recipient("Gestoría", foreign=ForeignId("03", "X1234", "FR"))
    other = InvoiceId(NIF, "F1", date(2026, 10, 1))
    record = alta(
        external_ref="r1",
        amends="S",
        rejected_before="X",
        kind="R1",
        corrective="S",
        corrects=(other,),
        replaces=(other,),
        replaced=Replaced(Decimal(10), Decimal("2.1"), Decimal("0.52")),
        operation_on=date(2026, 10, 1),
        simplified_art_7="N",
        no_recipient_art_6="N",
        macrodato="N",
        issued_by="T",
        third_party=third,
        coupon="S",
        breakdown=(row("10", "21", "2.10", cost_base=Decimal(10)),),
        billing_agreement="A1",
        system_agreement="B1",
    )
    validate(alta_xml(record))
    names = {etree.QName(tag).localname for tag, _text in leaves(alta_xml(record))}
    assert {"CuotaRecargoRectificado", "IdAcuerdoSistemaInformatico", "Cupon", "IDType"} <= names


def test_an_anulacion_with_every_optional_field_is_valid():
    xml = anulacion_xml(
        anulacion(
            external_ref="r", unknown_before="S", rejected_before="S", made_by="T", maker=CLIENT
        )
    )
    validate(xml)
    assert b"<GeneradoPor>T</GeneradoPor><Generador>" in xml


def test_a_header_says_incident_leaving_representative_and_request():
    full = Header(
        NAME,
        NIF,
        CLIENT,
        incident=True,
        leaves_on=date(2026, 12, 31),
        requested="R1",
        request_done=True,
    )
    xml = envelope(full, [alta_xml(alta())])
    validate(xml)
    assert (f"{{{SF}}}FechaFinVeriFactu", "31-12-2026") in leaves(xml)
    assert (f"{{{SF}}}Incidencia", "S") in leaves(xml)


@pytest.mark.parametrize("count", [0, 1001])
def test_a_submission_takes_from_one_to_a_thousand_records(count):
    with pytest.raises(Refused) as refused:
        envelope(Header(NAME, NIF), [b"<x/>"] * count)
    assert refused.value.code == "verifactu_batch"


NASTY = "</NombreRazon><Huella>x</Huella> & \"'<!--\x00\x1b]]>\ud800\n<?pi?>&amp;"


def test_markup_and_controls_in_names_stay_text():
    xml = alta_xml(
        alta(issuer=NASTY, description=NASTY, recipients=(Recipient(NASTY, nif="A58818501"),))
    )
    validate(xml)
    root = etree.fromstring(xml)
    shown = "</NombreRazon><Huella>x</Huella> & \"'<!-- ]]> <?pi?>&amp;"
    assert root.findtext(f"{{{SF}}}NombreRazonEmisor") == shown
    assert len(root.findall(f"{{{SF}}}Huella")) == 1


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=120))
def test_any_name_at_all_gives_a_valid_record(name):
    validate(alta_xml(alta(issuer=name, description=name)))


@pytest.mark.parametrize("number", ["A\x001", "A\n1", "A\t1"])
def test_a_hashed_text_with_controls_is_refused_never_altered(number):
    with pytest.raises(Refused) as refused:
        alta_xml(alta(number=number))
    assert (refused.value.code, refused.value.field) == ("verifactu_text", "NumSerieFactura")


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"description": "x" * 501}, "DescripcionOperacion", "supera los 500 caracteres"),
        ({"number": ""}, "NumSerieFactura", "está vacío"),
        ({"kind": "F9"}, "TipoFactura", "un valor que la AEAT no admite"),
        ({"nif": "B1"}, "IDEmisorFactura", "debe tener 9 caracteres"),
        ({"total": Decimal(10) ** 12}, "ImporteTotal", "un formato que la AEAT no admite"),
        ({"breakdown": (row("1", "21", "0.21"),) * 13}, "DetalleDesglose", "sobra o se repite"),
        ({"breakdown": ()}, "Desglose", "le falta: línea del desglose"),
    ],
)
def test_what_the_schema_refuses_is_said_in_spanish(changes, field, said):
    with pytest.raises(Refused) as refused:
        validate(alta_xml(alta(**changes)))
    assert (refused.value.code, refused.value.field) == ("verifactu_xsd", field)
    assert said in refused.value.message


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<a>",
        b"<a/>",
        b"<?xml version='1.0'?><RegistroAlta/>",
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
        b"<!DOCTYPE RegistroAlta []>" + alta_xml(alta()),
        f'<RegFactuSistemaFacturacion xmlns="{LR}"/>'.encode(),
    ],
)
def test_what_is_not_a_record_is_refused(xml):
    with pytest.raises(Refused) as refused:
        validate(xml)
    assert refused.value.code == "verifactu_xsd"


def test_among_many_only_the_guilty_is_named():
    good, bad = alta_xml(alta()), alta_xml(alta(kind="F9"))
    outcomes = validate_many([good, bad, good])
    assert [o and o.field for o in outcomes] == [None, "TipoFactura", None]


def test_threads_do_not_mix_their_verdicts():
    good, bad = alta_xml(alta()), alta_xml(alta(kind="F9"))
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(validate_many, [[good, bad] * 50] * 8))
    assert [[o and o.field for o in each] for each in outcomes] == [[None, "TipoFactura"] * 50] * 8
