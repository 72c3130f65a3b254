"""The stand-in agency: it judges by itself, and what it answers follows the official schemas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from lonja.fiscal.verifactu import rules
from lonja.fiscal.verifactu.agency import Agency, Mode
from lonja.fiscal.verifactu.answers import Fault, Unreadable, read, read_query
from lonja.fiscal.verifactu.query import query_envelope
from lonja.fiscal.verifactu.records import Breakdown, ForeignId, InvoiceId, Recipient, Replaced
from lonja.fiscal.verifactu.schema import PARSER, SOAP
from lonja.fiscal.verifactu.tests.cast import (
    CLIENT,
    GOLDEN,
    MADRID,
    NAME,
    NIF,
    alta,
    anulacion,
    golden_alta,
    one_row,
    row,
    sample_chain,
)
from lonja.fiscal.verifactu.xml import Header, envelope, record_xml, validate

HEADER = Header(NAME, NIF)
SCHEMAS = Path(rules.__file__).with_name("schemas")


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMAS / name), PARSER))


def follows(xml: bytes, name: str) -> bool:
    body = etree.fromstring(xml, PARSER).find(f"{{{SOAP}}}Body")
    return bool(schema(name).validate(body[0]))


def at(moment: datetime) -> Agency:
    return Agency(wait=30, now=lambda: moment.astimezone(UTC))


def send(agency, *records, mode=None, header=HEADER, holder=NIF):
    message = envelope(header, [record_xml(record) for record in records])
    reply = agency.handle(message, holder, mode or Mode())
    return read(reply.body)


def outcomes(answer) -> list[tuple[str, str]]:
    return [(line.outcome, line.code) for line in answer.lines]


NOON = datetime(2026, 11, 4, 9, 46, tzinfo=MADRID)
LATE = Header(NAME, NIF, incident=True)


def test_the_sample_chain_is_accepted_whole():
    answer = send(at(NOON), *sample_chain(), header=LATE)
    assert set(outcomes(answer)) == {("Correcto", "")}
    assert answer.wait == 30
    assert answer.csv


@pytest.mark.parametrize("mode", ["ok", "partial", "reject", "duplicate"])
def test_its_answers_follow_the_official_schema(mode):
    agency = at(NOON)
    message = envelope(LATE, [record_xml(one) for one in sample_chain()])
    reply = agency.handle(message, NIF, Mode(mode))
    assert follows(reply.body, "RespuestaSuministro.xsd")
    assert agency.exchanges[0].records == 6


def test_a_huella_that_is_not_its_own_is_noticed():
    first, *_rest = sample_chain()
    xml = record_xml(first).replace(b"<ImporteTotal>176.00", b"<ImporteTotal>176.01")
    answer = read(at(NOON).handle(envelope(LATE, [xml]), NIF, Mode()).body)
    assert outcomes(answer) == [("AceptadoConErrores", "2000")]


def test_a_chain_that_skips_a_record_is_noticed():
    chain = sample_chain()
    agency = at(NOON)
    assert outcomes(send(agency, chain[0], chain[2], header=LATE))[1] == (
        "AceptadoConErrores",
        "2003",
    )
    again = alta(number="F2026/0099")
    assert outcomes(send(agency, again, header=LATE)) == [("AceptadoConErrores", "2007")]


def test_repeated_unknown_and_voided_invoices_have_their_codes():
    agency, first = at(NOON), alta()
    assert outcomes(send(agency, first, header=LATE)) == [("Correcto", "")]
    (line,) = send(agency, first, header=LATE).lines
    assert (line.code, line.duplicate_state) == ("3000", "Correcta")
    stranger = anulacion(first.as_previous(), number="F2026/7777")
    assert outcomes(send(agency, stranger, header=LATE)) == [("Incorrecto", "3002")]
    void = anulacion(stranger.as_previous(), number=first.number, issued_on=first.issued_on)
    assert outcomes(send(agency, void, header=LATE)) == [("Correcto", "")]
    assert outcomes(send(agency, void, header=LATE)) == [("Incorrecto", "3001")]
    known = anulacion(
        void.as_previous(), number="F2026/8888", unknown_before="S", issued_on=first.issued_on
    )
    assert outcomes(send(agency, known, header=LATE)) == [("Correcto", "")]


def test_an_old_record_without_incident_mark_is_marked_2004():
    assert outcomes(send(at(NOON), alta())) == [("AceptadoConErrores", "2004")]


def test_rules_are_judged_apart_from_ours():
    agency = at(NOON)
    for record, code in (
        (alta(recipients=()), "1189"),
        (alta(kind="F2"), "1190"),
        (alta(kind="R1"), "1114"),
        (alta(corrective="I"), "1115"),
        (one_row(row("100", "13", "13")), "1124"),
        (one_row(row("100", "21", "99")), "1142"),
    ):
        assert outcomes(send(agency, record, header=LATE)) == [("Incorrecto", code)]


def test_whoever_is_not_the_taxpayer_is_not_let_in():
    answer = send(at(NOON), alta(), holder="B12345674")
    assert isinstance(answer, Fault)
    assert answer.code == "4112"


def test_what_is_not_xml_of_the_schema_is_a_fault():
    agency = at(NOON)
    assert read(agency.handle(b"<x/>", NIF, Mode()).body).code == "4138"
    assert read(agency.handle(b"no", NIF, Mode()).body).code == "4103"
    bad = envelope(HEADER, [record_xml(alta()).replace(b"<IDVersion>1.0", b"<IDVersion>9")])
    assert read(agency.handle(bad, NIF, Mode()).body).code == "4102"


def test_who_does_not_wait_is_written_down():
    agency = at(NOON)
    send(agency, alta(), header=LATE)
    assert agency.early == []
    send(agency, alta(number="F2026/0002"), header=LATE)
    assert len(agency.early) == 1


def test_a_query_tells_what_is_kept():
    agency, first = at(NOON), alta()
    send(agency, first, header=LATE)
    message = query_envelope(NAME, NIF, first.issued_on, first.number)
    assert follows(message, "ConsultaLR.xsd")
    reply = agency.handle(message, NIF, Mode())
    assert follows(reply.body, "RespuestaConsultaLR.xsd")
    (known,) = read_query(reply.body).records
    assert (known.huella, known.state) == (first.huella, "Correcto")
    nothing = agency.handle(query_envelope(NAME, NIF, first.issued_on, "X"), NIF, Mode())
    assert read_query(nothing.body).records == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        f'<!DOCTYPE a><e:Envelope xmlns:e="{SOAP}"><e:Body/></e:Envelope>'.encode(),
        f'<e:Envelope xmlns:e="{SOAP}"><e:Body/></e:Envelope>'.encode(),
        b"\xff" * 50,
        b"<a>" * 5000,
    ],
)
def test_an_answer_that_is_not_one_is_refused(answer):
    with pytest.raises(Unreadable):
        read(answer)


def test_every_golden_invoice_accepted_by_us_is_accepted_by_the_agency():
    accepted = [golden_alta(c) for c in GOLDEN if c["expect"] == "accept" and "lineas" in c]
    assert len(accepted) > 10
    agency = Agency(wait=0)
    done = 0
    for record in accepted:
        rules.check(record)
        validate(record_xml(record))
        header = Header(record.issuer, record.nif, incident=True)
        answer = send(agency, record, header=header, holder=record.nif)
        # Each case is the first of its own chain, or follows one the agency never saw.
        assert {code for _outcome, code in outcomes(answer)} <= {"", "2003", "2007"}, record.number
        done += 1
    assert done == len(accepted)


FOREIGN = Recipient("CLIENT GMBH", foreign=ForeignId("02", "DE129273398"))
PASSPORT = Recipient("JOHN SMITH", foreign=ForeignId("03", "123456789", "US"))


CASES = """F1 F1 F1 F2 F3 R1 R4 R5 eu export isp igic recargo exempt n2 art7 passport third macro"""


def _case(rng: Random, n: int, day, names: list[InvoiceId]) -> dict:
    """An invoice of any kind, with random amounts."""
    base = Decimal(rng.randrange(1, 200_000)).scaleb(-2)
    rate = rng.choice(["21", "10", "4"])

    def part(percent: str) -> Decimal:
        return (base * Decimal(percent) / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")

    line = row(base, rate, part(rate))
    kind = rng.choice(CASES.split())
    who, more = (CLIENT,), {}
    if kind in ("F2", "R5"):
        who = ()
    if kind == "F3":
        more = {"replaces": tuple(names[-2:])}
    if kind.startswith("R"):
        sign = rng.choice("IS")
        more = {"corrective": sign, "corrects": tuple(names[-1:])}
        if sign == "I":
            line = row(-base, rate, -part(rate))
        else:
            more["replaced"] = Replaced(base, part(rate), Decimal("1.00"))
    zero = Decimal(0)
    special = {
        "eu": Breakdown(base, exemption="E5"),
        "export": Breakdown(base, regime="02", exemption="E2"),
        "isp": Breakdown(base, zero, zero, qualification="S2"),
        "igic": Breakdown(base, Decimal(7), part("7"), tax="03", qualification="S1"),
        "exempt": Breakdown(base, exemption="E1"),
        "n2": Breakdown(base, qualification="N2"),
        "recargo": Breakdown(base, Decimal(21), part("21"), qualification="S1",
                             surcharge_rate=Decimal("5.2"), surcharge=part("5.2")),
        "macro": row("100000000.00", "21", "21000000.00"),
    }  # fmt: skip
    line = special.get(kind, line)
    who = {"eu": (FOREIGN,), "export": (PASSPORT,), "passport": (PASSPORT,)}.get(kind, who)
    if kind == "art7":
        more = {"simplified_art_7": "S"}
    if kind == "third":
        more = {"issued_by": "T", "third_party": Recipient("GESTORIA SL", nif="B12345674")}
    if kind == "macro":
        more = {"macrodato": "S"}
    legal = kind if kind[0] in "FR" and len(kind) == 2 else "F1"
    made = datetime(day.year, day.month, day.day, rng.randrange(8, 20), n % 60, tzinfo=MADRID)
    return {"line": line, "kind": legal, "recipients": who, "number": f"A{day.year}/{n:05d}",
            "issued_on": day, "generated_at": made, **more}  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2026])
def test_a_random_year_of_every_kind_is_accepted_without_one_error(seed):
    rng, agency = Random(seed), Agency(wait=0)
    start = datetime(2025, 11, 1).date()
    previous, names, records = None, [InvoiceId(NIF, "A2025/1", start)], []
    for n in range(365):
        case = _case(rng, n, start + timedelta(days=n), names)
        line = case.pop("line")
        record = one_row(line, previous=previous, **case)
        records.append(record)
        previous = record.as_previous()
        names.append(InvoiceId(NIF, record.number, record.issued_on))
        if rng.random() < 0.1:
            records.append(
                anulacion(
                    previous,
                    number=record.number,
                    issued_on=record.issued_on,
                    generated_at=record.generated_at,
                )
            )
        elif rng.random() < 0.1:
            records.append(one_row(line, previous=previous, amends="S", **case))
        previous = records[-1].as_previous()
    for record in records:
        rules.check(record)
        validate(record_xml(record))
    for begin in range(0, len(records), 100):
        answer = send(agency, *records[begin : begin + 100], header=LATE)
        assert set(outcomes(answer)) == {("Correcto", "")}
    assert len({getattr(record, "kind", "") for record in records}) >= 7
