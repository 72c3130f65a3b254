"""Invented names: of places of Valencia, trades and people, never of anybody real."""

from __future__ import annotations

# (trade, legal ending); the place makes each one.
TRADES = [
    ("Clínica Dental", "S.L.P."), ("Hotel", "S.A."), ("Residencia", "S.L."), ("Talleres", "S.L."),
    ("Cafés", "S.L."), ("Forn", "S.L."), ("Farmacia", "C.B."), ("Gimnasio", "S.L."),
    ("Academia", "S.L."), ("Asesoría", "S.L.P."), ("Restaurante", "S.L."), ("Óptica", "S.L."),
    ("Ferretería", "S.L."), ("Veterinaria", "S.L.P."), ("Librería", "S.L."), ("Imprenta", "S.L."),
    ("Bodegas", "S.A."), ("Cooperativa", "Coop. V."), ("Laboratorios", "S.L."),
    ("Autoescuela", "S.L."), ("Supermercado", "S.L."), ("Guardería", "S.L."), ("Cerámicas", "S.A."),
    ("Fisioterapia", "S.L.P."),
]  # fmt: skip
PLACES = [
    "Ruzafa", "Benimaclet", "Les Palmeres", "Mirador de la Bahía", "Alameda", "Sant Blai",
    "Patraix", "El Cabanyal", "La Malvarrosa", "Mestalla", "Campanar", "La Eliana", "Torrefiel",
    "Marxalenes", "L'Albufera", "Monteolivete", "Orriols", "La Saïdia", "Pinedo", "El Saler",
    "Godella", "Bétera", "Náquera", "Serra", "Xirivella",
]  # fmt: skip
# The ones that the screens of the manual name.
FIRST = [
    ("Residencia Les Palmeres", "S.L."), ("Hotel Mirador de la Bahía", "S.A."),
    ("Talleres Benimaclet", "S.L."), ("Clínica Dental Ruzafa", "S.L.P."),
    ("Cafés Alameda", "S.L."), ("Forn de Sant Blai", "S.L."),
]  # fmt: skip
STREETS = [
    "C/ de Sueca", "C/ de Cadis", "Av. del Port", "C/ de la Reina", "C/ del Doctor Moliner",
    "Av. de Blasco Ibáñez", "C/ de Jesús", "C/ de Sagunt", "Camí de Montcada", "C/ de Pelai",
    "Pl. del Xúquer", "C/ d'Emili Baró", "Gran Via del Túria", "C/ de Xàtiva",
]  # fmt: skip
CITIES = [
    ("46006", "València"), ("46020", "València"), ("46011", "València"), ("46022", "València"),
    ("46100", "Burjassot"), ("46980", "Paterna"), ("46900", "Torrent"), ("46183", "L'Eliana"),
    ("46117", "Bétera"), ("46540", "El Puig"), ("46410", "Sueca"), ("46760", "Tavernes"),
]  # fmt: skip
GIVEN = [
    "Amparo", "Vicent", "Carmen", "Joan", "Lola", "Pau", "Mireia", "Àngel", "Teresa", "Toni",
    "Rosa", "Ximo", "Elena", "Salva", "Inma", "Rafa", "Laia", "Pepa", "Marc", "Empar",
]  # fmt: skip
SURNAMES = [
    "Ferrandis", "Climent", "Bosch", "Marco", "Esteve", "Roig", "Llorens", "Soler", "Tormo",
    "Benavent", "Micó", "Sales", "Cuenca", "Orts", "Pastor", "Alcaraz", "Mompó", "Chust",
]  # fmt: skip
POSITIONS = ["Gerencia", "Administración", "Mantenimiento", "Dirección", "Compras"]
TAGS = ["Mantenimiento", "Obra nueva", "Hostelería", "Sanidad", "Comercio", "Preferente"]
SOURCES = ["Recomendación", "Página web", "Llamada", "Feria", "Visita comercial"]

# code, name, family, kind, unit, price without tax
PRODUCTS = [
    ("MAN-010", "Mantenimiento preventivo básico", "Mantenimiento", "subscription", "mes", "68.00"),
    ("MAN-020", "Mantenimiento preventivo completo", "Mantenimiento", "subscription", "mes",
     "124.00"),
    ("MAN-030", "Mantenimiento integral con piezas", "Mantenimiento", "subscription", "mes",
     "235.00"),
    ("MAN-040", "Mantenimiento de enfriadora", "Mantenimiento", "subscription", "mes", "410.00"),
    ("MAN-050", "Atención urgente 24 horas", "Mantenimiento", "subscription", "mes", "55.00"),
    ("MAN-060", "Supervisión a distancia", "Mantenimiento", "subscription", "mes", "39.50"),
    ("MAN-070", "Control de legionela", "Mantenimiento", "subscription", "mes", "92.00"),
    ("MAN-080", "Revisión anual de caldera", "Mantenimiento", "subscription", "año", "180.00"),
    ("CLI-110", "Split mural 3,5 kW", "Climatización", "product", "ud", "615.00"),
    ("CLI-120", "Split mural 5,0 kW", "Climatización", "product", "ud", "842.00"),
    ("CLI-130", "Multisplit 2×1", "Climatización", "product", "ud", "1380.00"),
    ("CLI-140", "Conductos 7,1 kW", "Climatización", "product", "ud", "1895.00"),
    ("CLI-150", "Cassette 10 kW", "Climatización", "product", "ud", "2240.00"),
    ("CLI-160", "Enfriadora aire-agua 30 kW", "Climatización", "product", "ud", "8950.00"),
    ("CLI-170", "Fan-coil de suelo", "Climatización", "product", "ud", "498.00"),
    ("CLI-180", "Cortina de aire 1,5 m", "Climatización", "product", "ud", "735.00"),
    ("VEN-210", "Extractor en línea 200 mm", "Ventilación", "product", "ud", "168.00"),
    ("VEN-220", "Recuperador de calor", "Ventilación", "product", "ud", "1490.00"),
    ("VEN-230", "Conducto de fibra", "Ventilación", "product", "m²", "34.50"),
    ("VEN-240", "Rejilla de impulsión", "Ventilación", "product", "ud", "22.80"),
    ("VEN-250", "Caja de ventilación", "Ventilación", "product", "ud", "612.00"),
    ("CAL-310", "Caldera de condensación 24 kW", "Calefacción", "product", "ud", "1245.00"),
    ("CAL-320", "Bomba de calor 12 kW", "Calefacción", "product", "ud", "4380.00"),
    ("CAL-330", "Radiador de aluminio", "Calefacción", "product", "elemento", "18.90"),
    ("CAL-340", "Termostato conectado", "Calefacción", "product", "ud", "129.00"),
    ("ACS-410", "Termo eléctrico 80 l", "Agua caliente", "product", "ud", "245.00"),
    ("ACS-420", "Aerotermo ACS 200 l", "Agua caliente", "product", "ud", "1690.00"),
    ("REP-510", "Compresor rotativo", "Repuestos", "product", "ud", "386.00"),
    ("REP-520", "Placa electrónica", "Repuestos", "product", "ud", "214.00"),
    ("REP-530", "Motor de ventilador", "Repuestos", "product", "ud", "128.00"),
    ("REP-540", "Filtro G4", "Repuestos", "product", "ud", "12.40"),
    ("REP-550", "Filtro F7", "Repuestos", "product", "ud", "31.60"),
    ("REP-560", "Refrigerante R-32", "Repuestos", "product", "kg", "46.00"),
    ("SER-610", "Hora de técnico", "Servicios", "service", "h", "42.00"),
    ("SER-620", "Hora de ayudante", "Servicios", "service", "h", "31.00"),
    ("SER-630", "Desplazamiento", "Servicios", "service", "ud", "28.00"),
    ("SER-640", "Puesta en marcha", "Servicios", "service", "ud", "150.00"),
    ("SER-650", "Detección de fugas", "Servicios", "service", "ud", "95.00"),
    ("SER-660", "Proyecto técnico y legalización", "Servicios", "service", "ud", "680.00"),
    ("SER-670", "Limpieza de conductos", "Servicios", "service", "m", "9.80"),
]  # fmt: skip
