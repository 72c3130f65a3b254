from lonja.catalogue.models.line import PricedLine
from lonja.catalogue.models.product import Product, ProductKind

__all__ = ["PricedLine", "Product", "ProductKind"]
