from datetime import date, datetime
from decimal import Decimal

import pytest

from lonja.fiscal.verifactu.records import Breakdown, ForeignId, InvoiceId, Recipient, Replaced
from lonja.fiscal.verifactu.rules import check, check_header
from lonja.fiscal.verifactu.xml import Header
from lonja.kit.errors import Refused

from .cast import CLIENT, MADRID, NAME, NIF, alta, anulacion, one_row, row, sample_chain

HUNDRED = Decimal(100)


def foreign(kind: str, number: str, country: str = "") -> tuple[Recipient, ...]:
    return (Recipient("Fremd", foreign=ForeignId(kind, number, country)),)


def bare(**more) -> Breakdown:
    return Breakdown(HUNDRED, **more)


def code_of(record) -> str:
    with pytest.raises(Refused) as refused:
        check(record)
    assert refused.value.message.endswith((".", "="))
    return refused.value.code.removeprefix("verifactu_")


def test_the_sample_chain_keeps_every_rule():
    records = sample_chain()
    for record in records:
        check(record)
    assert len(records) == 6


@pytest.mark.parametrize("number", ["A<1", "A=1", 'A"1', "A'1", "A>1"])
def test_signs_the_agency_forbids_in_a_number(number):
    assert code_of(alta(number=number)) == "1130"


@pytest.mark.parametrize("number", ["", "Ñ1", "A\n1", " A1", "A" * 61])
def test_a_number_is_printable_ascii_of_sixty_at_most(number):
    assert code_of(alta(number=number)) == "1104"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("1123", {"nif": "12345678A"}),
        ("1152", {"issued_on": date(2024, 10, 27)}),
        ("1112", {"issued_on": date(2026, 11, 3)}),
        ("1106", {"kind": "F9"}),
        ("1100", {"description": " "}),
        ("1100", {"issuer": "x" * 121}),
        ("1114", {"kind": "R1"}),
        ("1115", {"corrective": "I"}),
        ("1116", {"replaces": (InvoiceId(NIF, "1", date(2026, 1, 1)),)}),
        ("1117", {"corrects": (InvoiceId(NIF, "1", date(2026, 1, 1)),)}),
        ("1118", {"kind": "R1", "corrective": "S"}),
        ("1119", {"kind": "R1", "corrective": "I", "replaced": Replaced(HUNDRED, HUNDRED)}),
        ("1153", {"rejected_before": "X"}),
        ("1161", {"rejected_before": "S"}),
        ("1134", {"operation_on": date(2006, 1, 1)}),
        ("1146", {"operation_on": date(2026, 11, 3)}),
        ("1183", {"kind": "F2", "simplified_art_7": "S"}),
        ("1185", {"no_recipient_art_6": "S"}),
        ("1157", {"coupon": "S"}),
        ("1138", {"macrodato": "S"}),
        ("1155", {"third_party": CLIENT}),
        ("1159", {"third_party": CLIENT, "issued_by": "D"}),
        ("1186", {"issued_by": "T"}),
        ("1188", {"issued_by": "T", "third_party": Recipient(NAME, nif=NIF)}),
        ("1189", {"recipients": ()}),
        ("1190", {"kind": "F2"}),
        ("1193", {"recipients": (Recipient(NAME, nif=NIF),)}),
        ("1216", {"quota": Decimal("26.01")}),
        ("1210", {"total": Decimal("176.01")}),
        ("desglose", {"breakdown": ()}),
        ("desglose", {"breakdown": (row("1", "21", "0.21"),) * 13}),
    ],
)
def test_rules_of_the_whole_record(code, changes):
    assert code_of(alta(**changes)) == code


@pytest.mark.parametrize(
    ("code", "people"),
    [
        ("1102", foreign("01", "X", "FR")),
        ("1103", foreign("03", "X" * 21, "FR")),
        ("1111", foreign("03", "X1")),
        ("1122", foreign("02", "FR123", "DE")),
        ("1126", foreign("04", "X1", "ES")),
        ("1126", foreign("07", "12345678Z", "FR")),
        ("1131", foreign("07", "A58818501", "ES")),
        ("1123", (Recipient("Nadie"),)),
        ("1239", (Recipient("Dos", "A58818501", ForeignId("02", "DE1", "DE")),)),
    ],
)
def test_rules_of_the_recipient(code, people):
    assert code_of(alta(recipients=people)) == code


@pytest.mark.parametrize("people", [foreign("02", "EL123", "GR"), foreign("07", "12345678Z", "ES")])
def test_recipients_the_agency_takes(people):
    assert check(alta(recipients=people)) is None


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("1195", bare()),
        ("1196", bare(qualification="S1", exemption="E1")),
        ("1238", bare(exemption="E1", rate=HUNDRED)),
        ("1237", bare(qualification="N1", rate=Decimal(0))),
        ("1208", bare(qualification="S1")),
        ("1198", bare(qualification="S2", rate=Decimal(21), quota=Decimal(21))),
        ("1284", row("100", "21", "21", surcharge=Decimal("5.2"))),
        ("1162", row("100", "21", "21", surcharge=Decimal("1.4"), surcharge_rate=Decimal("1.4"))),
        ("1124", row("100", "20", "20")),
        ("1124", row("100", "7.5", "7.5")),
        ("1124", row("100", "5", "5")),
        ("1245", row("100", "21", "21", regime="")),
        ("1260", row("100", "4", "4", tax="02")),
        ("1286", row("100", "21", "21", regime="02")),
        ("1289", bare(exemption="E5")),
        ("1199", bare(exemption="E2")),
        ("1200", bare(exemption="E1", regime="03")),
        ("1203", bare(qualification="N1", regime="07")),
        ("1205", row("100", "21", "21", regime="10")),
        ("1206", row("100", "10", "10", regime="11")),
        ("1252", row("100", "21", "21", regime="08")),
        ("1280", row("100", "21", "21", regime="18")),
        ("1257", row("100", "21", "21", cost_base=HUNDRED)),
        ("1182", bare(exemption="E7")),
        ("1143", row("100", "21", "-21")),
        ("1142", row("100", "21", "32")),
    ],
)
def test_rules_of_a_row(code, line):
    assert code_of(one_row(line)) == code


@pytest.mark.parametrize(
    "line",
    [
        bare(qualification="S2", rate=Decimal(0), quota=Decimal(0)),
        bare(qualification="N2", regime="08"),
        bare(exemption="E2", regime="02"),
        row("100", "9.5", "9.5", tax="03"),
        row("100", "0.5", "0.5", tax="02", regime=""),
        row("100", "21", "21", surcharge=Decimal("1.75"), surcharge_rate=Decimal("1.75")),
    ],
)
def test_rows_the_agency_takes(line):
    assert check(one_row(line)) is None


def test_goods_with_surcharge_go_in_their_own_invoice():
    goods = row("100", "21", "21", surcharge=Decimal("5.2"), surcharge_rate=Decimal("5.2"))
    mixed = (goods, row("10", "21", "2.10"))
    record = alta(breakdown=mixed, quota=Decimal("28.30"), total=Decimal("138.30"))
    assert code_of(record) == "recargo"


def test_a_simplified_invoice_stops_at_three_thousand_euros():
    over = row("2500.00", "21", "525.00")
    assert code_of(one_row(over, kind="F2", recipients=())) == "1150"
    check(one_row(over, kind="F2", recipients=(), no_recipient_art_6="S"))


def test_a_hundred_million_must_be_marked():
    line = row("100000000", "0", "0")
    assert code_of(one_row(line)) == "1139"
    check(one_row(line, macrodato="S"))


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("1224", {"made_by": "T"}),
        ("1224", {"maker": CLIENT}),
        ("1225", {"made_by": "Z", "maker": CLIENT}),
        ("1227", {"made_by": "E", "maker": foreign("03", "X1", "FR")[0]}),
        ("1229", {"made_by": "T", "maker": foreign("07", "12345678Z", "ES")[0]}),
        ("1259", {"made_by": "D", "maker": Recipient(NAME, nif=NIF)}),
    ],
)
def test_rules_of_an_anulacion(code, changes):
    assert code_of(anulacion(**changes)) == code


def test_verifactu_is_left_only_on_the_last_day_of_a_year():
    now = datetime(2026, 11, 21, tzinfo=MADRID)
    check_header(Header(NAME, NIF, leaves_on=date(2026, 12, 31)), now)
    with pytest.raises(Refused) as refused:
        check_header(Header(NAME, NIF, leaves_on=date(2026, 11, 30)), now)
    assert refused.value.code == "verifactu_4120"
