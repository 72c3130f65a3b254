from django.urls import path

from lonja.catalogue.price_tables import PriceItemTable, PriceListTable
from lonja.catalogue.tables import ProductTable
from lonja.catalogue.views import prices, products
from lonja.ui.tables import list_urls

app_name = "catalogue"

urlpatterns = [
    *list_urls("catalogo/", ProductTable, name="product_list"),
    *list_urls("catalogo/tarifas/", PriceListTable, name="price_list_list"),
    *list_urls("catalogo/tarifas/precios/", PriceItemTable, name="price_item_list"),
    path("catalogo/tarifas/nueva/", prices.price_list_new, name="price_list_new"),
    path("catalogo/tarifas/<int:pk>/", prices.price_list, name="price_list"),
    path("catalogo/tarifas/<int:pk>/edicion/", prices.price_list_edit, name="price_list_edit"),
    path("catalogo/tarifas/<int:pk>/subida/", prices.raise_all, name="price_list_raise"),
    path("catalogo/tarifas/<int:pk>/retirada/", prices.retire, name="price_list_retire"),
    path("catalogo/tarifas/<int:pk>/clientes/", prices.assign, name="price_list_assign"),
    path(
        "catalogo/tarifas/<int:pk>/clientes/<int:party_id>/baja/",
        prices.unassign,
        name="price_list_unassign",
    ),
    path("catalogo/tarifas/<int:pk>/producto/", prices.prices_new, name="prices_new"),
    path(
        "catalogo/tarifas/<int:pk>/producto/<int:product_id>/",
        prices.prices_edit,
        name="prices_edit",
    ),
    path("catalogo/nuevo/", products.product_new, name="product_new"),
    path("catalogo/opciones/", products.product_options, name="product_options"),
    path("catalogo/<int:pk>/", products.product, name="product"),
    path("catalogo/<int:pk>/edicion/", products.product_edit, name="product_edit"),
    path("catalogo/<int:pk>/baja/", products.product_deactivate, name="product_deactivate"),
    path("catalogo/<int:pk>/alta/", products.product_activate, name="product_activate"),
]
