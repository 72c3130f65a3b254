"""Una AEAT de mentira en este equipo, para probar VERI*FACTU sin enviar nada a nadie.

Contesta por HTTPS como la de verdad: comprueba el esquema oficial, las huellas, la cadena, los
duplicados y el ritmo de envío. Al arrancar deja en la carpeta su autoridad (ca.pem) y un
certificado de pruebas, y dice con qué variables se arranca Lonja para que le envíe a ella.

Se cambia lo que hace mientras corre:

    curl --cacert CARPETA/ca.pem -X POST "https://127.0.0.1:8443/modo?modo=down"
    curl --cacert CARPETA/ca.pem https://127.0.0.1:8443/estado
"""

import argparse
import signal
import threading
from pathlib import Path

help = "una AEAT de mentira para probar los envíos de VERI*FACTU"
PASSWORD = "pruebas"  # noqa: S105 - of a certificate that opens nothing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from lonja.fiscal.verifactu.agency.memory import MODES

    parser.add_argument("--port", type=int, default=8443, help="puerto (8443)")
    parser.add_argument(
        "--folder", type=Path, default=Path("agencia"), help="carpeta de certificados y mensajes"
    )
    parser.add_argument("--mode", choices=MODES, default="ok", help="cómo contesta (ok)")
    parser.add_argument("--code", default="", help="código de error de fault y reject")
    parser.add_argument("--every", type=int, default=3, help="uno de cada tantos registros")
    parser.add_argument("--seconds", type=float, default=2.0, help="lo que tarda slow")
    parser.add_argument("--wait", type=int, default=60, help="TiempoEsperaEnvio (60)")
    parser.add_argument("--nif", default="B98765431", help="NIF del certificado de pruebas")
    parser.add_argument("--name", default="EMPRESA DE PRUEBAS SL", help="y su nombre")


def run(args: argparse.Namespace) -> int:
    """Answer until it is stopped."""
    from lonja.fiscal.verifactu.agency import Agency, AgencyServer, Mode

    folder = args.folder.expanduser().resolve()
    agency = Agency(wait=args.wait)
    agency.mode = Mode(args.mode, args.code, args.every, args.seconds)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with AgencyServer(folder, agency=agency, port=args.port, record=True) as server:
        path = folder / f"{args.nif}.p12"
        path.touch(mode=0o600)
        path.write_bytes(server.authority.pkcs12(args.name, args.nif, PASSWORD, as_rsa=True))
        print(f"AEAT de mentira en {server.url}")
        print(f"Certificado de {args.nif}: {path} (contraseña: {PASSWORD})")
        print("Arranca Lonja con:")
        print(f"  LONJA_VERIFACTU_TEST_URL={server.url}")
        print(f"  LONJA_VERIFACTU_TEST_CA={server.ca}", flush=True)
        stop.wait()
    print(f"{len(agency.exchanges)} mensajes, {len(agency.kept)} facturas, {len(agency.early)} "
          f"antes de tiempo. Están en {folder / 'mensajes'}")  # fmt: skip
    return 0
