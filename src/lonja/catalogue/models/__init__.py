from lonja.catalogue.models.line import PricedLine
from lonja.catalogue.models.price_list import PartyPriceList, PriceList, PriceListItem
from lonja.catalogue.models.product import Product, ProductKind

__all__ = [
    "PartyPriceList",
    "PriceList",
    "PriceListItem",
    "PricedLine",
    "Product",
    "ProductKind",
]
