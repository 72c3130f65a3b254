from django.urls import path

from lonja.catalogue.tables import ProductTable
from lonja.catalogue.views import products
from lonja.ui.tables import list_urls

app_name = "catalogue"

urlpatterns = [
    *list_urls("catalogo/", ProductTable, name="product_list"),
    path("catalogo/nuevo/", products.product_new, name="product_new"),
    path("catalogo/opciones/", products.product_options, name="product_options"),
    path("catalogo/<int:pk>/", products.product, name="product"),
    path("catalogo/<int:pk>/edicion/", products.product_edit, name="product_edit"),
    path("catalogo/<int:pk>/baja/", products.product_deactivate, name="product_deactivate"),
    path("catalogo/<int:pk>/alta/", products.product_activate, name="product_activate"),
]
