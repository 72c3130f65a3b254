"""The words of the application, translated here and kept with its shell."""

from __future__ import annotations

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Every text that the scripts show, by key. `{…}` is filled in there."""
    return {**_common(), **_clients(), **_products(), **_closing(), **_queue()}


def _common() -> dict[str, str]:
    return {
        "title": _("Nuevo presupuesto"),
        "back": _("Volver"),
        "close": _("Cerrar"),
        "offline": _("sin conexión"),
        "offline_strip": _("Sin conexión. Tus cambios se guardan en este dispositivo"),
        "saved": _("Guardado"),
        "saving": _("Guardando…"),
        "step": _("Paso {n} de 3"),
        "steps": [_("1. Cliente"), _("2. Productos"), _("3. Firma")],  # type: ignore[dict-item]
        "menu": _("Menú"),
        "status": _("Estado"),
        "office": _("Ir a Lonja"),
        "logout": _("Cerrar sesión y borrar la copia"),
        "logout_pending": _(
            "Tienes {n} sin enviar. Se quedan cifrados en este dispositivo y se enviarán cuando "
            "vuelvas a entrar. ¿Cerrar sesión?"
        ),
        "sync_now": _("Actualizar ahora"),
        "synced": _("Actualizado {when}"),
        "never_synced": _("Abre la aplicación con conexión una vez para llevarte el catálogo."),
        "no_crypto": _(
            "Este navegador no puede guardar la copia cifrada. Hace falta una dirección https."
        ),
        "login_needed": _("Tu sesión ha terminado. Entra otra vez para seguir."),
        "login": _("Entrar"),
        "revoked": _(
            "Han retirado el permiso de este dispositivo y se ha borrado su copia. Habla con quien "
            "administra Lonja."
        ),
        "too_long_away": _(
            "Han pasado más de {days} días sin conexión: la copia se ha borrado. Conéctate para "
            "volver a llevártela."
        ),
        "cancel": _("Cancelar"),
        "continue": _("Continuar"),
        "error": _("Algo ha fallado. Lo que has hecho sigue guardado aquí."),
        "install": _("Instalar en este dispositivo"),
        "required": _("Falta este dato."),
    }


def _clients() -> dict[str, str]:
    return {
        "find_client": _("Buscar cliente o potencial"),
        "recent": _("Últimos"),
        "results": _("Resultados"),
        "no_clients": _("Nadie coincide."),
        "new_lead": _("Nuevo potencial"),
        "lead": _("Potencial"),
        "blocked": _("Bloqueado"),
        "name": _("Nombre"),
        "phone": _("Teléfono"),
        "email": _("Correo"),
        "nif": _("NIF"),
        "company": _("Empresa"),
        "need": _("Qué necesita"),
        "optional": _("(opcional)"),
        "to_qualify": _("Para cualificarlo"),
        "still_missing": _("Aún falta: {facts}"),
        "same_nif": _("mismo NIF"),
        "same_email": _("mismo correo"),
        "same_phone": _("mismo teléfono"),
        "same_name": _("se llama casi igual"),
        "exists": _("Ya existe {name}: {why}."),
        "use_it": _("Usar este"),
        "create_anyway": _("Crear igualmente"),
        "nif_bad": _("El NIF no es válido. Revísalo."),
        "email_bad": _("El correo no es válido. Revísalo."),
        "blocked_client": _("{name} está bloqueado: {reason}. Se guardará como borrador."),
    }


def _products() -> dict[str, str]:
    return {
        "find_product": _("Buscar en el catálogo"),
        "scan": _("Leer un código"),
        "scan_hint": _("Pon el código de barras o QR delante de la cámara."),
        "scan_unknown": _("Ningún producto tiene el código {code}."),
        "scan_denied": _("No se puede usar la cámara: permítela en el navegador."),
        "favourites": _("Favoritos"),
        "in_cart": _("Elegidos ({n})"),
        "everything": _("Todo"),
        "no_products": _("Ningún producto coincide."),
        "empty_favourites": _("Marca con la estrella lo que más vendes."),
        "add": _("Añadir {name}"),
        "more": _("Añadir uno de {name}"),
        "less": _("Quitar uno de {name}"),
        "per_month": _("al mes"),
        "from": _("desde {n}: {price}"),
        "until": _("hasta el {date}"),
        "tariff": _("Tarifa {name}"),
        "catalogue_prices": _("Precios de catálogo"),
        "quantity": _("Cantidad"),
        "discount": _("Descuento (%)"),
        "global_discount": _("Descuento total (%)"),
        "over_limit": _("Tu límite es {limit} %."),
        "bad_number": _("Escribe un número, como 12,5."),
        "section": _("Sección"),
        "optional_line": _("El cliente decide si lo quiere"),
        "group": _("Una de"),
        "group_hint": _("El cliente elige una sola de las que llevan el mismo nombre."),
        "group_alone": _(
            "«{group}» tiene una sola alternativa: ponle ese nombre a otra, o quítaselo a esta."
        ),
        "group_pace": _("Lo que se paga una vez y lo que se paga cada mes no se eligen entre sí."),
        "one_of": _("una de «{group}»"),
        "choose_one": _("Elige una"),
        "include": _("Incluir {name}"),
        "favourite": _("Favorito"),
        "remove": _("Quitar del presupuesto"),
        "apply": _("Aplicar"),
        "concepts_one": _("1 concepto"),
        "concepts": _("{n} conceptos"),
        "tax_in": _("{tax} incl."),
        "margin": _("Margen {pct} %"),
        "generate": _("Generar presupuesto"),
        "client_mode": _("Modo cliente"),
        "client_mode_on": _("Elige lo que quieras incluir"),
        "client_mode_exit": _("Mantén pulsado para salir"),
        "client_mode_leave": _("Salir"),
        "give_back": _("Listo"),
        "give_back_text": _("Devuelve el dispositivo a quien te atiende."),
        "pin": _("PIN"),
        "pin_title": _("PIN del modo cliente"),
        "pin_new": _("PIN nuevo"),
        "pin_hint": _("De 4 a 8 cifras. Con PIN, salir del modo cliente lo pide."),
        "pin_bad": _("Escribe de 4 a 8 cifras."),
        "pin_wrong": _("No es ese PIN."),
        "pin_wait": _("No es ese PIN. Espera {n} segundos para probar otra vez."),
        "pin_kept": _("PIN guardado en este dispositivo"),
        "pin_gone": _("PIN quitado"),
        "pin_remove": _("Quitar el PIN"),
        "pin_forgotten": _(
            "¿No lo recuerdas? Cierra la sesión y entra otra vez: lo que no se ha enviado vuelve."
        ),
        "pin_forgotten_offline": _(
            "¿No lo recuerdas? Con conexión se puede cerrar la sesión y entrar otra vez."
        ),
        "save": _("Guardar"),
        "done_choosing": _("Listo"),
        "withdrawn": _("Ya no se ofrece"),
        "options": _("Descuento y secciones"),
    }


def _closing() -> dict[str, str]:
    return {
        "summary": _("Resumen"),
        "provisional": _("Provisional {ref}"),
        "provisional_hint": _("El número definitivo lo pone Lonja al enviarlo."),
        "base": _("Base"),
        "total": _("Total"),
        "monthly": _("Cada mes"),
        "discount_line": _("Descuento"),
        "send_to": _("Correo del cliente"),
        "starts_on": _("Facturar desde"),
        "starts_hint": _("Vacío: lo decide la oficina."),
        "signer": _("Nombre y apellidos"),
        "signer_nif": _("NIF de quien firma"),
        "sign_here": _("Firma aquí"),
        "pad": _("Recuadro para firmar"),
        "undo": _("Deshacer"),
        "clear": _("Borrar"),
        "type_name": _("Escribir mi nombre"),
        "draw": _("Dibujar la firma"),
        "typed_hint": _("Tu nombre, tal como lo has escrito arriba, será la firma."),
        "accept": _("Acepto este presupuesto y sus condiciones."),
        "accept_for": _("Acepto este presupuesto y sus condiciones en nombre de {client}."),
        "biometrics": _(
            "Consiento que se guarde, cifrado, cómo trazo mi firma para poder comprobarla. Puedo "
            "firmar sin ello."
        ),
        "conditions": _("Condiciones"),
        "sign": _("Firmar y aceptar"),
        "send_unsigned": _("Enviar por correo para que firme después"),
        "save_draft": _("Guardar sin enviar"),
        "pad_empty": _("Firma en el recuadro o escribe tu nombre."),
        "accept_missing": _("Marca la casilla para aceptar."),
        "email_missing": _("Escribe el correo del cliente."),
        "valid": _("Precios de hace {age}; valen hasta el {date}."),
        "prices_old": _("Estos precios ya no valen: actualiza con conexión antes de firmar."),
        "signed_title": _("Firmado"),
        "saved_title": _("Guardado"),
        "queued_text": _(
            "{ref} está guardado en este dispositivo y se enviará en cuanto haya conexión."
        ),
        "sent_text": _("{number} está en Lonja."),
        "another": _("Otro presupuesto"),
        "go_on": _("Seguir con {name}"),
        "open": _("Abrir"),
        "open_quote": _("Abrir {number}"),
    }


def _queue() -> dict[str, str]:
    return {
        "pending": _("Pendiente de enviar ({n})"),
        "pending_title": _("Pendiente de enviar"),
        "nothing_pending": _("Todo está enviado."),
        "waiting": _("Esperando conexión"),
        "failing": _("Lonja no puede recibirlo ahora: se reintenta"),
        "sending": _("Enviando…"),
        "decide": _("Hay que decidir"),
        "rejected": _("No se pudo enviar"),
        "send_now": _("Enviar ahora"),
        "edit": _("Corregir"),
        "edit_signed": _(
            "Al corregir {ref} se pierde su firma y habrá que volver a firmar. ¿Corregirlo?"
        ),
        "discard": _("Descartar"),
        "discard_sure": _("¿Descartar {ref}? No se puede deshacer."),
        "signed_badge": _("Firmado"),
        "conflict_title": _("Algo ha cambiado mientras estabas sin conexión"),
        "seen": _("El cliente vio"),
        "now": _("Hoy"),
        "o_kept": _("Usar {kept}"),
        "o_lead": _("Crearlo como potencial"),
        "o_ask_again": _("Enviarlo a {email} para que firme el total de hoy"),
        "o_draft": _("Guardarlo como borrador"),
        "o_draft_signed": _("Guardar la firma y volver a firmar"),
        "o_existing": _("Usar el que ya existe"),
        "o_anyway": _("Crear igualmente"),
        "o_without": _("Quitarlo y seguir"),
        "o_as_signed": _("Respetar lo que se firmó"),
        "o_new_prices": _("Usar los precios de hoy"),
        "o_seen_prices": _("Respetar lo que vio el cliente"),
        "o_discard": _("Descartar"),
        "done": _("Enviado: {number}"),
        "done_signed": _("{number} firmado"),
        "done_kept": _("{number} en borrador, con la firma guardada: hay que volver a firmar."),
        "done_asked": _("{number} enviado otra vez para que firme el total de hoy."),
        "moved_note": _("Los precios cambiaron; se ha respetado lo que vio el cliente."),
    }
