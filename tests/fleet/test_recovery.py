"""An edge of three dies all of a sudden, and its phones are reached again."""

from __future__ import annotations

import signal
from contextlib import ExitStack

from tests.calls.office import Office
from tests.edge_process import StartEdge
from tests.fleet.answering import AnsweringPhone
from tests.fleet.calling import OutsideCaller
from tests.fleet.edges import fleet_of
from tests.service import Service
from tests.transport.peers import StreamPeer
from tests.transport.wire_phone import WirePhone

HOSTS = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]


def test_phones_of_an_edge_that_was_killed(service: Service, start_edge: StartEdge) -> None:
    with fleet_of(start_edge, HOSTS) as edges, Office(service, edges.port) as office, ExitStack() as running:
        # The balancer goes by turns: a phone and a caller at each edge, and then a connection at each edge.
        phones = [running.enter_context(AnsweringPhone(office)) for _ in HOSTS]
        callers = [OutsideCaller(office) for _ in HOSTS]
        assert {caller.call(phone.username) for caller in callers for phone in phones} == {200}
        desk_phone = office.registered("pjsua2", "udp")
        desk_phone.set_answer_mode("busy")
        connected = [connect(office, office.extension()["username"]) for _ in HOSTS]

        victim = edges.balancer.edge_of(phones[0].source)
        edges.running[victim].signal(signal.SIGKILL)
        edges.wait_gone(victim)
        caller = OutsideCaller(office)
        assert caller.call(phones[0].username) == 480  # and not after 32 s
        assert {caller.call(phone.username) for phone in phones[1:]} == {200}

        phones[0].send_keepalive()
        assert caller.call(phones[0].username) == 200

        (lost,) = [phone for phone in connected if is_closed(phone)]
        again = connect(office, lost.username)
        caller.invite(again.username)
        again.answer(again.take_request(), "200 OK", f"Contact: <{again.contact}>")
        assert caller.outcome().status == 200

        desk_phone.refresh()
        assert caller.call(desk_phone.uri[4:].partition("@")[0]) == 486
        edges.start(victim)
        # The new edge meets the others by its first calls to their phones, and then finds what they have taken over.
        for phone in reversed(phones):
            assert [OutsideCaller(office).call(phone.username) for _ in HOSTS] == [200, 200, 200]
    assert edges.counts("internal_error") == 0


def connect(office: Office, username: str) -> WirePhone:
    phone = WirePhone(office, username, StreamPeer(("127.0.0.1", office.sip_port)), "TCP")
    assert phone.register().status == 200
    return phone


def is_closed(phone: WirePhone) -> bool:
    """Whether the connection has ended: the balancer has closed it by the time that it knows of the death."""
    assert isinstance(phone.peer, StreamPeer)
    return phone.peer.has_ended()
