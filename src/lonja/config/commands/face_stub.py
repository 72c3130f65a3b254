"""Un FACe de mentira en este equipo, para probar: valida como el de verdad y apunta lo que recibe.

Al arrancar deja en la carpeta un certificado de pruebas, que se sube en «Configuración ›
Facturación electrónica», y dice con qué variable se arranca Lonja para que le presente a él las
facturas. Avanzan solas con --advance N: un estado cada N segundos.

Se cambia lo que hace mientras corre (NÚMERO, el de registro; 2400 contabilizada, 2500 pagada, 2600
rechazada, 4300 anulación aceptada, 4400 anulación rechazada):

    curl http://127.0.0.1:8190/estado
    curl -X POST "http://127.0.0.1:8190/estado?registro=NÚMERO&codigo=2600&motivo=Falta+el+pedido"
    curl -X POST "http://127.0.0.1:8190/modo?modo=down"
"""

import argparse
import signal
import threading
import time
from pathlib import Path

help = "un FACe de mentira para probar las presentaciones"

STEPS = ("1200", "1300", "2400", "2500")
PASSWORD = "pruebas"  # noqa: S105 - of a certificate that opens nothing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from lonja.einvoices.face.modes import MODES

    parser.add_argument("--port", type=int, default=8190, help="puerto (8190)")
    parser.add_argument("--folder", type=Path, default=Path("face"), help="carpeta del certificado")
    parser.add_argument("--mode", default="ok", choices=MODES, help="cómo contesta (ok)")
    parser.add_argument("--advance", type=float, default=0, help="segundos entre estados")
    parser.add_argument("--nif", default="B98765431", help="NIF del certificado de pruebas")
    parser.add_argument("--name", default="EMPRESA DE PRUEBAS SL", help="y su nombre")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop, telling each invoice that arrives."""
    import django

    django.setup()
    from lonja.einvoices.face.modes import MODES
    from lonja.einvoices.face.stub import FaceStub
    from lonja.fiscal.verifactu.agency import Authority

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    folder = args.folder.expanduser().resolve()
    stub = FaceStub(port_number=args.port)
    stub.face.mode = MODES[args.mode]
    path = folder / f"{args.nif}.p12"
    content = Authority(folder).pkcs12(args.name, args.nif, PASSWORD, as_rsa=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
    with stub:
        print(f"FACe de mentira en {stub.url}. Ctrl C para pararlo.")
        print(f"Certificado de {args.nif}: {path} (contraseña: {PASSWORD})")
        print("Arranca Lonja con:")
        print(f"  LONJA_FACE_URL={stub.url}", flush=True)
        seen, last = 0, time.monotonic()
        while not stop.wait(0.5):
            for entry in list(stub.face.entries.values())[seen:]:
                told = f"factura {entry.identity[2]} de {entry.identity[0]}"
                print(f"{entry.number}: {told}", flush=True)
                seen += 1
            if args.advance and time.monotonic() - last > args.advance:
                last = time.monotonic()
                for entry in list(stub.face.entries.values()):
                    if entry.code in STEPS[:-1]:
                        stub.face.move(entry.number, STEPS[STEPS.index(entry.code) + 1])
    print(f"{len(stub.face.entries)} facturas en el registro")
    return 0
