"""A PAdES seal (ETSI EN 319 142-1, B-B; B-T with a time stamp) that certifies the whole PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lonja.documents.pdf_tools import continued, load_pyhanko
from lonja.sales.seals.keys import SealKey
from lonja.sales.seals.loops import wait_for

# Room for the signature, its certificates and a time stamp, in hexadecimal digits.
_RESERVED, _RESERVED_STAMPED = 16_384, 32_768
FIELD = "Sello"


@dataclass(frozen=True)
class Carried:
    """A file inside the PDF. `relationship` is its PDF/A-3 /AFRelationship."""

    name: str
    content: bytes
    mime_type: str
    description: str
    relationship: str = "Supplement"


def seal_pdf(
    pdf: bytes,
    key: SealKey,
    *,
    reason: str,
    carried: Sequence[Carried] = (),
    timestamper: Any = None,
) -> bytes:
    """The PDF with those files inside and sealed: any later change is seen (DocMDP 1).

    Raises NoTimestamp when there is a timestamper and it does not answer.
    """
    load_pyhanko()
    from pyhanko.pdf_utils import embed
    from pyhanko.pdf_utils.generic import pdf_name
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

    writer = continued(pdf)
    for item in carried:
        inside = embed.EmbeddedFileObject.from_file_data(
            writer,
            data=item.content,
            mime_type=item.mime_type,
            compress=item.mime_type != "application/pdf",  # nearly all of it is already
        )
        embed.embed_file(
            writer,
            embed.FileSpec(
                file_spec_string=item.name,
                file_name=item.name,
                embedded_data=inside,
                description=item.description,
                af_relationship=pdf_name(f"/{item.relationship}"),
            ),
        )
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        name=key.subject,
        reason=reason,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    out = io.BytesIO()
    sealer = PdfSigner(metadata, signer=key.signer, timestamper=timestamper)
    reserved = _RESERVED_STAMPED if timestamper else _RESERVED
    wait_for(lambda: sealer.async_sign_pdf(writer, output=out, bytes_reserved=reserved))
    return out.getvalue()
