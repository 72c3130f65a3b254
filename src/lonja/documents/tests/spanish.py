"""Words of ours that a paper in English must not have: labels, not what people write in it."""

_LABELS = """
Presupuesto Recibo Extracto Factura Albarán Proforma Fecha Concepto Cantidad Precio Importe Dto.
IVA Impuesto Base Cuota Descuento Recargo Página Suma Válido Proyecto atención Para Cliente
Movimiento Movimientos Cargo Cargos Abono Abonos Saldo Pendiente Pagado Recibido Por Forma
Efectivo Transferencia Domiciliación Tarjeta Referencia Condiciones Firmante Firmado Opcional
Elegida Anticipo Cada mes
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
"""


def spanish_left(text: str) -> set[str]:
    """Those that a text has."""
    return set(_LABELS.split()) & set(text.split())
