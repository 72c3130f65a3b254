"""Abre los trazos de un PDF firmado, con la clave privada. No necesita conexión ni base de datos.

Comprueba que el trazo es de ese documento y de ese firmante, y deja para el perito un fichero
ISO/IEC 19794-7 y otro JSON por cada firma. Sale con 1 si algo no encaja.
"""

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import Any

help = "abre los trazos de una firma biométrica (para quien guarda la clave)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pdf", type=Path, metavar="PDF", help="el PDF firmado")
    parser.add_argument("--key", type=Path, required=True, metavar="PEM", help="la clave privada")
    parser.add_argument("--password-file", type=Path, metavar="FICHERO", help="su contraseña")
    parser.add_argument("--out", type=Path, default=Path(), metavar="CARPETA", help="aquí")


def run(args: argparse.Namespace) -> int:
    """Export each signer's strokes; 1 when they cannot be opened or do not belong there."""
    from lonja.sales.biometrics.iso import to_iso
    from lonja.sales.biometrics.sealed import CannotOpen
    from lonja.sales.biometrics.strokes import count_points
    from lonja.sales.seals.contents import NotSigned, open_strokes

    try:
        private = _private_key(args.key, args.password_file)
        opened = open_strokes(args.pdf.read_bytes(), private)
    except (CannotOpen, NotSigned, OSError, ValueError, TypeError) as problem:
        print(f"No se ha podido abrir: {problem}", file=sys.stderr)
        return 1
    if not opened:
        print("Este PDF no lleva trazos: se firmó sin registro biométrico.", file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    wrong = False
    for one in opened:
        stem = args.out / f"trazo-{one.position}"
        stem.with_suffix(".iso19794-7").write_bytes(to_iso(one.strokes))
        told = {"de": one.bound, "trazo": one.strokes}
        stem.with_suffix(".json").write_text(json.dumps(told, ensure_ascii=False, indent=1))
        print(f"{one.bound['signer']} ({one.bound['nif']}): {count_points(one.strokes)} puntos")
        print(f"  documento {one.bound['document_sha256']}")
        for problem in one.wrong:
            wrong = True
            print(f"  ¡OJO! {problem}", file=sys.stderr)
        if not one.wrong:
            print("  el trazo es de este documento y de este firmante")
    return 1 if wrong else 0


def _private_key(path: Path, password_file: Path | None) -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = path.read_bytes()
    password = None
    if b"ENCRYPTED" in content:
        password = (
            password_file.read_text().strip()
            if password_file is not None
            else getpass.getpass("Contraseña de la clave: ")
        ).encode()
    key = load_pem_private_key(content, password)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("la clave no es RSA")
    return key
