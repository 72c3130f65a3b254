"""Un FACe de mentira, para probar: valida como el de verdad y apunta lo que recibe.

Arranca Lonja con LONJA_FACE_URL=http://127.0.0.1:8190/facturasspp2 para que le presente a él las
facturas. Con --mode se hace el roto: down (cerrado), fault (error), lost (registra y no contesta),
refuse (no admite). Las facturas avanzan solas con --advance N: un estado cada N segundos.
"""

import argparse
import threading
import time

help = "un FACe de mentira para probar las presentaciones"

PATH = ("1200", "1300", "2400", "2500")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8190, help="puerto (8190)")
    parser.add_argument("--mode", default="", choices=["", "down", "fault", "lost", "refuse"])
    parser.add_argument("--advance", type=float, default=0, help="segundos entre estados")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop (Ctrl C), telling each invoice that arrives."""
    import django

    django.setup()
    from lonja.einvoices.face.stub import FaceStub

    stub = FaceStub(port_number=args.port)
    stub.face.mode = args.mode
    with stub:
        print(f"FACe de mentira en {stub.url}. Ctrl C para pararlo.", flush=True)
        seen = 0
        last = time.monotonic()
        try:
            while True:
                threading.Event().wait(0.5)
                for entry in list(stub.face.entries.values())[seen:]:
                    told = f"factura {entry.identity[2]} de {entry.identity[0]}"
                    print(f"{entry.number}: {told}", flush=True)
                    seen += 1
                if args.advance and time.monotonic() - last > args.advance:
                    last = time.monotonic()
                    for entry in list(stub.face.entries.values()):
                        if entry.code in PATH[:-1]:
                            stub.face.move(entry.number, PATH[PATH.index(entry.code) + 1])
        except KeyboardInterrupt:
            return 0
