"""What is done to a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from lonja.activity import record
from lonja.catalogue.models import Product
from lonja.kit.errors import Refused

if TYPE_CHECKING:
    from lonja.accounts.models import Membership


@transaction.atomic
def save_product(product: Product, *, by: Membership | None) -> Product:
    """Create or change a product. Raises `Refused('product_code_taken')`, naming the other one.

    Documents keep the price they were made with: nothing else changes.
    """
    other = Product.objects.filter(code=product.code).exclude(pk=product.pk).first()
    if other is not None:
        raise Refused(
            "product_code_taken",
            _("El código %(code)s ya lo tiene «%(name)s». Elige otro o edita ese producto.")
            % {"code": product.code, "name": other.name},
            field="code",
        )
    is_new = product.pk is None
    product.save()
    record(by, "catalogue.created" if is_new else "catalogue.updated", product)
    return product


@transaction.atomic
def set_active(product: Product, active: bool, *, by: Membership | None) -> None:
    """Offer it in new documents, or stop. The documents that have it keep it."""
    if Product.objects.filter(pk=product.pk).exclude(is_active=active).update(is_active=active):
        record(by, "catalogue.activated" if active else "catalogue.deactivated", product)
