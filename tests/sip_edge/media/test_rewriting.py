"""The commands for an rtpengine, for ends of each form."""

from __future__ import annotations

import pytest

from sip_edge.media.form import Form
from sip_edge.media.rewriting import command
from sip_edge.media.session import Session, Side


def asked(name: str, caller: Form, callee: Form, sender: Side = Side.CALLER) -> dict[str, object]:
    return dict(command(name, Session("192.0.2.10:2223", "key", caller, callee, late=False), sender, b"v=0", "IP4"))


@pytest.mark.parametrize(
    ("callee", "protocol", "ice"),
    [
        (Form.PLAIN, "RTP/AVP", "remove"),
        (Form.SDES, "RTP/SAVP", "remove"),
        (Form.OPPORTUNISTIC, "RTP/AVP", "remove"),
        (Form.DTLS, "UDP/TLS/RTP/SAVP", "remove"),
    ],
)
def test_each_end_gets_its_form(callee: Form, protocol: str, ice: str) -> None:
    to_callee = asked("offer", Form.WEBRTC, callee)
    assert (to_callee["transport-protocol"], to_callee["ICE"]) == (protocol, ice)
    to_caller = asked("offer", Form.WEBRTC, callee, Side.CALLEE)
    assert (to_caller["transport-protocol"], to_caller["ICE"]) == ("UDP/TLS/RTP/SAVPF", "force")
    assert "transport-protocol" not in asked("answer", Form.WEBRTC, callee)


@pytest.mark.parametrize("form", Form)
def test_ends_of_one_form_keep_their_profile(form: Form) -> None:
    assert "transport-protocol" not in asked("offer", form, form)


@pytest.mark.parametrize(
    ("caller", "callee", "expected"),
    [
        (Form.WEBRTC, Form.OPPORTUNISTIC, ["offer"]),
        (Form.OPPORTUNISTIC, Form.WEBRTC, ["accept"]),
        (Form.OPPORTUNISTIC, Form.OPPORTUNISTIC, ["offer", "accept"]),
        (Form.WEBRTC, Form.PLAIN, None),
        (Form.SDES, Form.SDES, None),
    ],
)
def test_keys_that_may_be_skipped(caller: Form, callee: Form, expected: list[str] | None) -> None:
    assert asked("offer", caller, callee).get("OSRTP") == expected
    assert "OSRTP" not in asked("answer", caller, callee)


@pytest.mark.parametrize("form", [Form.PLAIN, Form.SDES, Form.OPPORTUNISTIC])
def test_no_suite_without_encryption_is_offered(form: Form) -> None:
    suites = asked("offer", Form.WEBRTC, form)["SDES"]
    assert isinstance(suites, list)
    assert {"no-NULL_HMAC_SHA1_80", "no-NULL_HMAC_SHA1_32"} <= set(suites)


@pytest.mark.parametrize("form", [Form.DTLS, Form.WEBRTC])
def test_dtls_takes_no_keys_from_a_description(form: Form) -> None:
    assert asked("offer", Form.PLAIN, form)["SDES"] == ["off"]
