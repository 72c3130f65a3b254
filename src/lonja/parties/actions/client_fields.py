"""The columns of a list of clients, with the names other programs give them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lonja.imports import Field

FIELDS = (
    Field(
        "name",
        _("Razón social"),
        ("Nombre", "Nombre fiscal", "Cliente", "Nombre o razón social", "Empresa", "Raó social",
         "Nom", "Nom fiscal", "Name", "Company", "Company name", "Customer", "Denominación"),
        required=True,
        example=("Hotel Mirador de la Bahía, S.L.", "Carmen Roselló Pons"),
    ),
    Field(
        "nif",
        _("NIF"),
        ("CIF", "NIF/CIF", "CIF/NIF", "DNI", "NIE", "NIF-IVA", "VAT", "VAT number", "Tax ID",
         "Identificación fiscal", "Número fiscal", "Document", "Documento", "VAT ID", "N.I.F."),
        example=("B12345674", "12345678Z"),
    ),
    Field(
        "trade_name",
        _("Nombre comercial"),
        ("Alias", "Rótulo", "Marca", "Nom comercial", "Trade name", "Commercial name"),
        example=("Hotel Mirador", ""),
    ),
    Field(
        "email",
        _("Correo"),
        ("Correo electrónico", "E-mail", "Email", "Mail", "Correu", "Correu electrònic",
         "Email address", "Correo facturación"),
        hint=_("Varios, separados por comas: las facturas irán a todos."),
        example=("compras@mirador.example", "carmen@rosello.example"),
    ),
    Field(
        "phone",
        _("Teléfono"),
        ("Tel", "Tfno", "Móvil", "Telèfon", "Mòbil", "Phone", "Mobile", "Teléfono 1", "Telf"),
        example=("965 78 00 00", "612 345 678"),
    ),
    Field(
        "address",
        _("Dirección"),
        ("Domicilio", "Calle", "Dirección fiscal", "Domicilio fiscal", "Adreça", "Domicili",
         "Address", "Street", "Address 1", "Vía"),
        example=("Av. del Port, 12", "C/ Nou, 3"),
    ),
    Field(
        "postcode",
        _("C.P."),
        ("Código postal", "CP", "Cód. postal", "Codi postal", "Postcode", "Postal code", "ZIP",
         "Zip code"),
        example=("03700", "46013"),
    ),
    Field(
        "city",
        _("Población"),
        ("Ciudad", "Localidad", "Municipio", "Població", "Ciutat", "City", "Town"),
        example=("Dénia", "València"),
    ),
    Field(
        "province",
        _("Provincia"),
        ("Província", "Province", "State", "Region", "Región"),
        example=("Alicante", "Valencia"),
    ),
    Field(
        "country",
        _("País"),
        ("Country", "Pais", "Código país", "Country code", "Nación"),
        hint=_("Nombre en español o código de dos letras; vacío, España."),
        example=("España", ""),
    ),
    Field(
        "tariff",
        _("Tarifa"),
        ("Tarifa de precios", "Lista de precios", "Price list", "Tariff", "Tipo de tarifa"),
        example=("Hostelería", "General"),
    ),
    Field(
        "agent",
        _("Agente"),
        ("Comercial", "Vendedor", "Responsable", "Gestor", "Asignado a", "Agent", "Salesperson",
         "Owner", "Correo del agente", "Comercial asignado"),
        hint=_("Correo de un miembro de la organización."),
        example=("", ""),
    ),
    Field(
        "risk_limit",
        _("Límite de riesgo"),
        ("Riesgo", "Riesgo máximo", "Límite de crédito", "Crédito", "Límit de risc",
         "Credit limit"),
        example=("3.000,00", ""),
    ),
    Field(
        "client_since",
        _("Cliente desde"),
        ("Fecha de alta", "Alta", "Fecha alta", "Client des de", "Data d'alta", "Customer since",
         "Since", "Created"),
        example=("01/03/2021", ""),
    ),
    Field(
        "payment_method",
        _("Forma de pago"),
        ("Método de pago", "Medio de pago", "Forma de pagament", "Payment method"),
        hint=_("Transferencia, domiciliación, tarjeta o efectivo."),
        example=("Transferencia", "Domiciliación"),
    ),
    Field(
        "payment_terms",
        _("Días de vencimiento"),
        ("Vencimiento", "Plazo", "Plazo de pago", "Días de pago", "Payment terms", "Venciment"),
        example=("30", "0"),
    ),
    Field(
        "iban",
        _("IBAN"),
        ("Cuenta", "Cuenta bancaria", "Cuenta corriente", "CCC", "Bank account", "Compte"),
        example=("", "ES9121000418450200051332"),
    ),
    Field(
        "surcharge",
        _("Recargo de equivalencia"),
        ("Recargo", "RE", "R.E.", "Recàrrec", "Equivalence surcharge"),
        hint=_("Sí o no."),
        example=("no", "no"),
    ),
    Field(
        "tags",
        _("Etiquetas"),
        ("Etiqueta", "Grupo", "Grupos", "Categoría", "Tags", "Etiquetes", "Segmento"),
        hint=_("Varias, separadas por comas."),
        example=("Hoteles, Costa", ""),
    ),
    Field(
        "contact",
        _("Persona de contacto"),
        ("Contacto", "Nombre de contacto", "Persona de contacte", "Contact", "Contact name"),
        example=("Carmen Roselló", ""),
    ),
    Field(
        "website",
        _("Web"),
        ("Página web", "Sitio web", "Website", "URL"),
        example=("", ""),
    ),
    Field("source", _("Origen"), ("Procedencia", "Source", "Origin", "Canal"), example=("", "")),
    Field(
        "notes",
        _("Notas"),
        ("Observaciones", "Comentarios", "Notes", "Observacions", "Comments"),
        example=("", ""),
    ),
)
