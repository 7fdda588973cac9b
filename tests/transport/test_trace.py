"""The SIP messages of extensions, switched on over REST and read there."""

from __future__ import annotations

from typing import Any

from tests.agents.settings import Transport
from tests.calls.office import PASSWORD, Office
from tests.edge_process import StartEdge
from tests.service import Service
from tests.waiting import wait_until

TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp")


def traced(office: Office, path: str, least: int) -> list[dict[str, Any]]:
    """The messages, once there are that many."""
    return wait_until(lambda: seen if len(seen := office.rest("GET", path)["result"]) >= least else [], "all is traced")


def aor(office: Office, extension: dict[str, Any]) -> str:
    return f"{extension['username']}@{office.customer_id}"


def test_real_phones_are_seen_to_register(service: Service, start_edge: StartEdge) -> None:
    edge = start_edge()
    with Office(service, sip_port=edge.port()) as office:
        extensions = {transport: office.extension() for transport in TRANSPORTS}
        untraced = office.extension()
        for extension in extensions.values():
            assert office.rest("PUT", f"/{extension['id']}/trace", for_seconds=60)["tm_until"]
            edge.wait_for_trace(aor(office, extension))
        office.phone("pjsua2", untraced).register()
        for transport, extension in extensions.items():
            office.phone("pjsua2", extension, transport).register()
            messages = traced(office, f"/{extension['id']}/trace", 4)
            first_lines = [message["text"].partition("\r\n")[0] for message in messages[:4]]
            assert first_lines[0].startswith("REGISTER ")
            assert first_lines[1].startswith("SIP/2.0 407 ")
            assert first_lines[2].startswith("REGISTER ")
            assert first_lines[3] == "SIP/2.0 200 OK"
            assert [message["direction"] for message in messages[:4]] == ["received", "sent"] * 2
            assert {message["transport"] for message in messages} == {transport.upper()}
            assert len({message["source"] for message in messages}) == 1
            assert "Authorization: [redacted]" in messages[2]["text"]
            assert f"sip:{extension['username']}@{office.domain}" in messages[2]["text"]
            for secret in (PASSWORD, "response=", 'nonce="', "cnonce"):
                assert secret not in str(messages)
        assert office.rest("GET", f"/{untraced['id']}/trace")["result"] == []
        assert office.rest("PUT", f"/{extensions['udp']['id']}/trace", for_seconds=0) == {"tm_until": ""}
        edge.wait_for_trace(aor(office, extensions["udp"]), on=False)


def test_a_call_to_the_direct_address_is_seen(service: Service, start_edge: StartEdge) -> None:
    edge = start_edge()
    with Office(service, sip_port=edge.port()) as office:
        extension = office.extension(direct=True)
        path = f"/{extension['id']}/trace"
        office.rest("PUT", path, for_seconds=60)
        edge.wait_for_trace(aor(office, extension))
        phone = office.phone("pjsua2", extension)
        phone.register()
        direct = f"sip:direct.{extension['direct_hash']}@sip.{service.base}"
        call = office.outside_caller("pjsua2").call(direct)
        phone.wait_incoming().hangup()
        call.wait_ended()
        messages = traced(office, path, 4 + 6)  # of the registration, and of the call
        invites = [message for message in messages if message["text"].startswith("INVITE ")]
        assert [message["direction"] for message in invites] == ["received", "sent"]
        assert all(direct in message["text"] for message in invites)
