"""Is this an offer that a call can be made of? Looked at as a whole before aiortc acts on any of it: what it cannot use
it finds out half-way, or never, and cannot always undo. Pure.
"""

from aiortc.rtcdtlstransport import X509_DIGEST_ALGORITHMS
from aiortc.sdp import MediaDescription, SessionDescription

from antiphon.errors import ProtocolError

_UNPARSABLE = (ValueError, KeyError, IndexError, AttributeError, AssertionError, TypeError, StopIteration)
"""What aiortc raises for SDP that it cannot parse."""


def check(sdp: str) -> None:
    """Raises ``ProtocolError`` with one sentence that names the fault."""
    try:
        offer = SessionDescription.parse(sdp)
    except _UNPARSABLE as error:
        raise ProtocolError(f"The offer is not usable SDP ({type(error).__name__}).") from error
    sections = offer.media
    audio = [section for section in sections if section.kind == "audio"]
    if not audio:
        raise ProtocolError("The offer has no audio section.")
    if not any(codec.mimeType.lower() == "audio/opus" for codec in audio[0].rtp.codecs):
        raise ProtocolError("The offer's audio section does not offer Opus.")
    for section in sections:
        _check_transport(section)
    mids = [section.rtp.muxId for section in sections]
    if len(set(mids)) < len(mids):
        raise ProtocolError("Two sections of the offer have one mid.")
    for group in offer.group:
        if group.semantic == "BUNDLE" and not set(map(str, group.items)) <= set(mids):
            raise ProtocolError("The offer bundles a section that it does not have.")


def _check_transport(section: MediaDescription) -> None:
    if section.kind not in ("audio", "video", "application"):
        raise ProtocolError(f"The offer has a section of kind {section.kind[:40]!r}.")
    if section.kind == "application" and section.profile != "DTLS/SCTP" and section.sctp_port is None:
        raise ProtocolError("The offer's application section has no sctp-port.")
    if section.kind != "application" and section.direction is None:
        raise ProtocolError(f"The offer's {section.kind} section has no direction.")
    ice, dtls = section.ice, section.dtls
    if ice is None or not ice.usernameFragment or not ice.password:
        raise ProtocolError(f"The offer's {section.kind} section has no ICE user name and password.")
    if dtls is None or not any(one.algorithm.lower() in X509_DIGEST_ALGORITHMS for one in dtls.fingerprints):
        raise ProtocolError(f"The offer's {section.kind} section has no fingerprint that can be checked.")
    if dtls.role is None:
        raise ProtocolError(f"The offer's {section.kind} section has no DTLS setup role.")
