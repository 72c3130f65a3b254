"""Hace un par de claves para las firmas biométricas. No toca Lonja ni necesita conexión.

Quien vaya a guardar la clave (una notaría, un tercero de confianza) lo ejecuta en su ordenador.
La pública se sube en Configuración › Firma; la privada no sale de allí y se guarda con contraseña:
sin ella, los trazos no se pueden leer nunca.
"""

import argparse
import getpass
import os
import sys
from pathlib import Path

help = "hace el par de claves de las firmas biométricas (para quien las guarde)"

BITS = 3072


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="CARPETA", help="dónde dejar los dos ficheros")
    parser.add_argument(
        "--password-file", type=Path, metavar="FICHERO", help="de dónde leer la contraseña"
    )


def run(args: argparse.Namespace) -> int:
    """Write `firma-privada.pem` (encrypted, only its owner reads it) and `firma-publica.pem`."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
    )

    from lonja.sales.biometrics.sealed import described

    folder = args.folder.expanduser()
    private_path, public_path = folder / "firma-privada.pem", folder / "firma-publica.pem"
    if private_path.exists() or public_path.exists():
        print(f"En {folder} ya hay una clave: no se sobrescribe.", file=sys.stderr)
        return 1
    password = _password(args.password_file)
    if len(password) < 8:
        print("La contraseña necesita al menos 8 caracteres.", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    private = rsa.generate_private_key(65537, BITS)
    handle = os.open(private_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(
            private.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode())
            )
        )
    public = described(private.public_key())
    public_path.write_text(public.pem)
    print(f"Privada: {private_path} (guárdala, y una copia en otro sitio)")
    print(f"Pública: {public_path} (súbela en Configuración › Firma)")
    print(f"Huella:  {public.fingerprint}")
    return 0


def _password(path: Path | None) -> str:
    if path is not None:
        return path.read_text().strip()
    first = getpass.getpass("Contraseña para la clave privada: ")
    return first if getpass.getpass("Otra vez: ") == first else ""
