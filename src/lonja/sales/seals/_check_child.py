"""Runs alone, as ``python -I _check_child.py``: tells in JSON what the seal of a PDF says.

The PDF comes from a stranger by the standard input. A file that asks for all the memory or never
ends stops a process of limits, not the program.
"""

import io
import json
import sys

MEMORY_LIMIT = 768 * 1024 * 1024
SECONDS = 8


def limit() -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def look(content: bytes) -> dict:
    """{"seals": [{"intact", "whole", "subject", "issuer", "at", "stamped_at", "reason"}]}"""
    import logging

    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    logging.disable(logging.CRITICAL)
    reader = PdfFileReader(io.BytesIO(content), strict=False)
    found = []
    for embedded in reader.embedded_regular_signatures[:10]:
        own = embedded.signer_cert
        status = validate_pdf_signature(
            embedded, ValidationContext(trust_roots=[own], allow_fetching=False)
        )
        stamp = status.timestamp_validity
        found.append(
            {
                "intact": bool(status.intact and status.valid),
                "whole": status.coverage is not None and status.coverage.name == "ENTIRE_FILE",
                "subject": own.subject.human_friendly[:300],
                "issuer": own.issuer.human_friendly[:300],
                "sha256": own.sha256.hex(),
                "reason": str(embedded.sig_object.get("/Reason", ""))[:300],
                "at": _moment(embedded.self_reported_timestamp),
                "stamped_at": _moment(stamp.timestamp)
                if stamp is not None and stamp.intact and stamp.valid
                else "",
            }
        )
    return {"seals": found}


def _moment(value) -> str:
    return value.isoformat() if value is not None else ""


if __name__ == "__main__":
    limit()
    try:
        told = look(sys.stdin.buffer.read())
    except MemoryError:
        told = {"error": "memory"}
    except Exception:
        told = {"error": "unreadable"}
    sys.stdout.write(json.dumps(told))
