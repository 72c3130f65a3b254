"""How a quote is to be signed: what the company asks, who signs, with which texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lonja.accounts.models import Company
from lonja.accounts.prepared import Prepared, Slot
from lonja.sales import legal
from lonja.sales.models import (
    CodePolicy,
    DynamicsKey,
    PublicLink,
    Quote,
    QuoteStatus,
    QuoteVersion,
    Signature,
    SigningSettings,
    TextKind,
)
from lonja.sales.snapshot import Figures, figures

_settings = Prepared(lambda: SigningSettings.objects.filter(company_id=Slot("company"))[:1])
_in_place = Prepared(
    lambda: Signature.objects.select_related("version").filter(
        version_id=Slot("version"), position=Slot("position")
    )
)
_in_force = Prepared(
    lambda: (
        Signature.objects.select_related("version")
        .filter(version__quote_id=Slot("quote"), version__version=Slot("version"))
        .order_by("-position")[:1]
    )
)


def settings_of(company: Company) -> SigningSettings:
    """The settings of a company; not saved when it has none."""
    found = _settings.first(company=company.pk)
    return found or SigningSettings(company=company)


def asks_code(company: Company, *, typed: bool) -> bool:
    """Whether a one-time code is needed to sign by link, drawing or `typed`."""
    policy = settings_of(company).code_policy
    return policy == CodePolicy.ALWAYS or (policy == CodePolicy.TYPED and typed)


def dynamics_key(company: Company) -> DynamicsKey | None:
    """The key for which strokes are encrypted; None: the company does not keep them."""
    if settings_of(company).biometrics_since is None:
        return None
    return DynamicsKey.objects.filter(company=company, is_current=True).first()


def code_address(link: PublicLink) -> str:
    """Where the one-time code of a link goes; empty when no address is known."""
    quote = link.quote
    return link.signer_email or quote.email or quote.party.email


def pending_before(link: PublicLink) -> list[dict[str, Any]]:
    """The signers of the version who sign before that of the link and have not yet."""
    earlier = [one for one in link.version.signers if one["position"] < link.position]
    if not earlier:
        return []
    signed = set(
        Signature.objects.filter(version_id=link.version_id).values_list("position", flat=True)
    )
    return [one for one in earlier if one["position"] not in signed]


def version_figures(
    version: QuoteVersion,
    chosen: Collection[int] | None = None,
    quantities: Mapping[int, Any] | None = None,
) -> Figures:
    """The amounts of a version with those options and quantities."""
    return figures(version.content, chosen, quantities)


def signature_in_force(quote: Quote) -> Signature | None:
    """The last signature of the version in force of an accepted quote; None while it is not."""
    if quote.status != QuoteStatus.ACCEPTED:
        return None
    return _in_force.first(quote=quote.pk, version=quote.version)


def signed_figures(signature: Signature) -> Figures:
    """The amounts that were signed."""
    return version_figures(signature.version, signature.chosen_lines, signature.asked)


def signed_quantities(signature: Signature) -> dict[int, Any]:
    """The quantities the signer changed, by the key of their line."""
    return dict(signature.asked)


def signers_of(version: QuoteVersion) -> list[dict[str, Any]]:
    """Each signer with `signature` (None when still missing), in order; empty for only one."""
    if not version.signers:
        return []
    done = {one.position: one for one in Signature.objects.filter(version=version)}
    return [{**one, "signature": done.get(one["position"])} for one in version.signers]


def texts_for(
    link: PublicLink, consents: Mapping[str, Any], *, language: str = ""
) -> list[legal.Text]:
    """The texts that these consents accept: kind → version shown, True for the one in force.

    The acceptance brings the general conditions with it, when the company has them. Dynamics are
    left out unless the company keeps them. `language` as in `legal.filled`.
    """
    company, content = link.quote.company, link.version.content
    kind = legal.acceptance_kind(content)
    texts = [_text(company, kind, content, consents.get("accept"), language=language)]
    conditions = _text(company, TextKind.CONDITIONS, content, consents.get("conditions"))
    if conditions.text:
        texts.append(conditions)
    key = dynamics_key(company) if "biometrics" in consents else None
    if key is not None:
        told = consents["biometrics"]
        more = {"custodian": key.holder, "language": language}
        texts.append(_text(company, TextKind.BIOMETRICS, content, told, **more))
    return texts


def _text(company: Company, kind: str, content: Any, version: Any, **more: str) -> legal.Text:
    shown = None if version is None or isinstance(version, bool) else int(version)
    return legal.filled(company, kind, content, version=shown, **more)


def consent_for(link: PublicLink) -> str:
    """The sentence the signer accepts, naming whom they answer for."""
    return texts_for(link, {"accept": True})[0].text


def signature_of(link: PublicLink) -> Signature | None:
    """What the signer of the link signed, if they did."""
    return _in_place.first(version=link.version_id, position=link.position)


def first_signature(link: PublicLink) -> Signature | None:
    """The first signature of the version, when others sign after it."""
    rows = Signature.objects.filter(version_id=link.version_id)
    return rows.order_by("position").first()
