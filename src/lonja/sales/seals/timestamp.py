"""RFC 3161 time stamps of an authority, asked through the one outgoing client (R29)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from lonja.documents.pdf_tools import load_pyhanko
from lonja.kit import outgoing
from lonja.sales.seals.loops import wait_for

if TYPE_CHECKING:
    from asn1crypto.tsp import TimeStampReq, TimeStampResp

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


class NoTimestamp(Exception):
    """The authority did not stamp. Its text is for a person."""


def stamper(url: str) -> Any:
    """A pyHanko TimeStamper that asks that address."""
    load_pyhanko()
    from asn1crypto.tsp import TimeStampResp
    from pyhanko.sign.timestamps import TimeStamper

    class Asked(TimeStamper):
        async def async_request_tsa_response(self, req: TimeStampReq) -> TimeStampResp:
            try:
                answer = outgoing.post(
                    url,
                    req.dump(),
                    {"Content-Type": QUERY, "Accept": REPLY},
                    private=settings.OUTGOING_PRIVATE,
                )
            except outgoing.Unreachable as error:
                raise NoTimestamp(str(error)) from error
            if answer.status != 200:
                raise NoTimestamp(f"Contestó {answer.status}.")
            try:
                told = TimeStampResp.load(answer.body, strict=True)
                _check_imprint(told, req)
            except (ValueError, TypeError, KeyError) as error:
                raise NoTimestamp("Lo que contestó no es un sello de tiempo.") from error
            return told

        async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
            try:
                return await super().async_timestamp(message_digest, md_algorithm)
            except OSError as error:  # it refused, or answered another question
                raise NoTimestamp(str(error)[:200]) from error

    return Asked()


def _check_imprint(told: TimeStampResp, req: TimeStampReq) -> None:
    """A stamp of something else is no stamp: pyHanko looks only at the nonce."""
    if told["status"]["status"].native != "granted":
        return  # said by pyHanko with the authority's words
    info = told["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    if info["message_imprint"].native != req["message_imprint"].native:
        raise ValueError("imprint")


def stamp_now(url: str) -> datetime:
    """Ask for a stamp of nothing, to try an address. Raises NoTimestamp."""
    import hashlib

    digest = hashlib.sha256(b"Lonja").digest()
    token = wait_for(lambda: stamper(url).async_timestamp(digest, "sha256"))
    info = token["content"]["encap_content_info"]["content"].parsed
    return info["gen_time"].native
