"""Each message of RFC 4475 at an edge without sockets."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Response
from sip_edge.transport.connection.framing import PING, Framer, FramingError
from tests.sip_edge.rig import FakeFlow, Phone, Rig
from tests.torture import document
from tests.torture.outcomes import MESSAGES, OUTCOMES, Outcome

ALL = pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)


@ALL
def test_over_udp(outcome: Outcome) -> None:
    rig = at_home()
    flow = rig.flow()
    rig.receive(flow, outcome.data)
    assert answers(flow) == outcome.udp
    assert_sound(rig, flow)


@ALL
@pytest.mark.parametrize("size", [1, 7, 65536])
def test_over_tcp(outcome: Outcome, size: int) -> None:
    rig = Rig()
    flow = rig.flow(transport="TCP")
    assert feed(rig, flow, outcome.data, size) is outcome.closes
    assert answers(flow) == outcome.over_tcp
    assert_sound(rig, flow)


@ALL
def test_its_sender_recognizes_the_answer(outcome: Outcome) -> None:
    rig = Rig()
    flow = rig.flow("203.0.113.7", 4711)
    rig.receive(flow, outcome.data)
    for answer in flow.take():
        sent = outcome.data.partition(b"\r\n\r\n")[0]
        assert isinstance(answer, Response)
        assert "received=203.0.113.7" in answer.line("via")
        assert answer.get("cseq").split()[0].encode() in sent
        assert answer.get("call-id").encode() in sent


def at_home() -> Rig:
    """An edge at which a phone is registered from the host where the messages will come from."""
    rig = Rig()
    rig.add_extension("alice")
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    rig.advance(40)
    assert not phone.flow.sent
    del rig.flows[phone.flow.name]
    return rig


def feed(rig: Rig, flow: FakeFlow, data: bytes, size: int) -> bool:
    """Send a stream in pieces. Returns whether the connection is closed for it."""
    framer = Framer()
    try:
        for at in range(0, len(data), size):
            for message in framer.feed(data[at : at + size]):
                if message != PING:
                    rig.receive(flow, message)
    except FramingError as error:
        rig.edge.refuse(error.head, error.status, flow)
        return True
    return False


def answers(flow: FakeFlow) -> tuple[str, ...]:
    """The status lines that were sent, without the version."""
    return tuple(data.partition(b"\r\n")[0].decode().removeprefix("SIP/2.0 ") for data in flow.sent)


def assert_sound(rig: Rig, flow: FakeFlow) -> None:
    assert rig.journal.counts["internal_error"] == 0
    assert list(rig.flows.values()) == [flow]
    assert not len(rig.edge._transactions)


def test_every_message_has_an_outcome() -> None:
    names = sorted(path.stem for path in MESSAGES.glob("*.dat"))
    assert names == sorted(outcome.name for outcome in OUTCOMES)
    assert len(names) == 49


def test_the_document_shows_the_table() -> None:
    assert document.DOCUMENT.read_text() == document.text(), "write it anew: python -m tests.torture.document"


def test_the_420_names_what_is_not_supported() -> None:
    rig = Rig()
    flow = rig.flow()
    rig.receive(flow, next(o for o in OUTCOMES if o.name == "bext01").data)
    assert flow.take_response().values("unsupported") == ["noProxiesSupportThis", "norDoAnyProxiesSupportThis"]
