"""Series of a company."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from lonja.accounts.models import Company, Membership
from lonja.activity import record
from lonja.billing.kinds import SERIES_USES
from lonja.billing.models import Invoice, Series, SeriesYear
from lonja.kit.errors import Refused

# NumSerie of the record admits printable ASCII but " ' < > =, 60 characters at most; a prefix
# keeps to what also survives file names, mail subjects and the QR.
_PREFIX = re.compile(r"(?:[A-Za-z0-9/_.\-]|\{año\}|\{aa\}){1,24}")  # literal
_PARTS = re.compile(r"(?P<prefix>.*)\{number(?::0(?P<digits>\d)d)?\}")


def ensure_series(
    company: Company, by: Membership | None = None, *, use: str = "ordinary"
) -> Series:
    """The default series of a company for a use of `kinds.SERIES_USES`, made if it has none.

    The second company of an organisation gets its own; numbers are correlative inside each. A
    prefix already taken gets a figure: «R2{year}/». A series that others issue is only chosen by
    name.
    """
    rows = Series.objects.filter(company=company)
    own = rows.filter(use=use, is_active=True, issued_by="")
    series = own.order_by("-is_default", "pk").first()
    if series is not None:
        return series
    code, name, prefix = SERIES_USES[use]
    taken = {code.casefold() for code in rows.values_list("code", flat=True)}
    patterns = set(rows.values_list("pattern", flat=True))
    for extra in ("", *map(str, range(2, 99))):
        pattern = (
            f"{prefix}{extra}{{year}}/{{number:04d}}"
            if not extra
            else (f"{prefix}{extra}-{{year}}/{{number:04d}}")
        )
        if f"{code}{extra}".casefold() not in taken and pattern not in patterns:
            break
    with override("es"):
        return Series.objects.create(
            company=company,
            code=f"{code}{extra}",
            name=str(name),
            use=use,
            pattern=pattern,
            is_default=True,
        )


def pattern_of(prefix: str, digits: int) -> str:
    """The stored pattern of «F{año}/» and 4 digits. Raises Refused when it would repeat numbers
    or hold what a number cannot have."""
    if not _PREFIX.fullmatch(prefix):
        raise Refused(
            "series_prefix",
            _("Usa solo letras sin acento, cifras y / - _ . en el prefijo, y {año} o {aa}."),
            field="prefix",
        )
    if "{año}" not in prefix and "{aa}" not in prefix:  # literal
        raise Refused(
            "series_year",
            _(
                "El prefijo debe llevar {año} o {aa}: la numeración empieza cada año y sin él se "
                "repetirían números."
            ),
            field="prefix",
        )
    base = prefix.replace("{año}", "{year}").replace("{aa}", "{yy:02d}")  # literal
    return f"{base}{{number:0{digits}d}}"


def parts_of(pattern: str) -> tuple[str, int]:
    """The prefix as people write it and the digits of a stored pattern."""
    found = _PARTS.fullmatch(pattern)
    if found is None:
        return pattern, 4
    prefix = found["prefix"].replace("{year}", "{año}")  # literal
    prefix = prefix.replace("{yy:02d}", "{aa}").replace("{yy}", "{aa}")
    return prefix, int(found["digits"] or 1)


def has_issued(series: Series, year: int) -> bool:
    """Whether the series has numbered an invoice in that year."""
    rows = SeriesYear.objects.filter(series=series, year=year, last_issued_on__isnull=False)
    return rows.exists()


@transaction.atomic
def save_series(series: Series, *, prefix: str, digits: int, by: Membership | None) -> Series:
    """Keep a new or changed series. Raises Refused.

    The format does not change once the series has issued this year; two series of a company never
    give the same number. Making it the default takes that from the one that was.
    """
    pattern = pattern_of(prefix, digits)
    year = series.company.today().year
    if series.pk is not None and pattern != series.pattern and has_issued(series, year):
        raise Refused(
            "series_in_use",
            _(
                "Esta serie ya ha emitido facturas en %(year)s: su formato no puede cambiar hasta "
                "el año que viene. Crea otra serie si necesitas uno distinto."
            )
            % {"year": year},
            field="prefix",
        )
    _refuse_issuer(series)
    others = Series.objects.filter(company=series.company).exclude(pk=series.pk)
    for rival, theirs in others.values_list("code", "pattern"):
        if _may_repeat(prefix, parts_of(theirs)[0], year):
            raise Refused(
                "series_prefix_taken",
                _("La serie %(code)s ya usa ese prefijo y los números se repetirían. Elige otro.")
                % {"code": rival},
                field="prefix",
            )
    series.pattern = pattern
    created = series.pk is None
    if series.is_default:
        others.filter(use=series.use).update(is_default=False)
    try:
        with transaction.atomic():
            series.save()
    except IntegrityError:
        raise Refused(
            "series_code_taken", _("Ya hay una serie con ese código. Elige otro."), field="code"
        ) from None
    record(by, "billing.series_created" if created else "billing.series_changed", series)
    return series


def _refuse_issuer(series: Series) -> None:
    """Who issues the invoices of a series is known, is not the company, and never changes."""
    names = ("issued_by", "issuer_name", "issuer_nif")
    before = Series.objects.filter(pk=series.pk).values_list(*names).first()
    now = tuple(getattr(series, name) for name in names)
    used = Invoice.objects.filter(series_id=series.pk).exclude(number="") if series.pk else None
    if before is not None and before != now and used is not None and used.exists():
        raise Refused(
            "series_in_use",
            _("Esta serie ya tiene facturas: quién las expide no puede cambiar. Crea otra serie."),
            field="issued_by",
        )
    if not series.issued_by:
        return
    if series.issuer_nif == series.company.nif:
        raise Refused(
            "series_issuer",
            _("Ese es el NIF de la empresa: elige «La propia empresa»."),
            field="issuer_nif",
        )
    if series.is_default:
        raise Refused(
            "series_default",
            _("La serie por defecto es la de las facturas que expide la propia empresa."),
            field="is_default",
        )


def _may_repeat(one: str, other: str, year: int) -> bool:
    """Whether two prefixes could come to print the same number: «F{año}/» with its 1.001 is
    «F{año}/1» with its 001, and «F20{aa}/» is the first all along."""

    def told(prefix: str) -> str:
        years = (("{año}", str(year)), ("{aa}", f"{year % 100:02d}"))  # literal
        for name, figures in years:
            prefix = prefix.replace(name, figures)
        return prefix.casefold()

    short, long = sorted((told(one), told(other)), key=len)
    rest = long.removeprefix(short)
    return long.startswith(short) and (not rest or rest.isdigit())


@transaction.atomic
def import_last_number(series: Series, year: int, last: int, *, by: Membership | None) -> None:
    """Say that another program numbered up to `last` this year: ours goes on from there.

    Raises Refused once the series has issued here: from then on the counter only moves by issuing.
    """
    SeriesYear.objects.get_or_create(series=series, year=year)
    rows = SeriesYear.objects.filter(series=series, year=year, last_issued_on__isnull=True)
    if not rows.update(next_number=last + 1):
        raise Refused(
            "series_in_use",
            _("La serie ya ha emitido facturas en %(year)s: su contador no se puede mover.")
            % {"year": year},
            field="last",
        )
    record(by, "billing.series_continued", series, last=series.number_for(year, last))
