"""Edges die while a call waits for a sleeping phone. The phone that a push wakes rings all the same, and once."""

from __future__ import annotations

import signal

from tests.calls.office import Office
from tests.edge_process import StartEdge
from tests.fleet.calling import OutsideCaller
from tests.fleet.edges import fleet_of
from tests.push.providers import PROJECT, Providers
from tests.rest.client import Api
from tests.service import Service
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone
from tests.waiting import wait_until

HOSTS = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
TOKEN = "h" * 60


def test_edges_die_while_a_call_is_held(service: Service, start_edge: StartEdge, providers: Providers) -> None:
    providers.add_android(TOKEN)
    with fleet_of(start_edge, HOSTS, **providers.settings) as edges, Office(service, edges.port) as office:
        api = Api(service.api_url, office.customer_id, office.token)
        assert api.call("POST", "/push-apps", json=providers.fcm_app).status_code == 200
        username = office.extension()["username"]
        # The balancer goes by turns: the phone and its caller have an edge each, and the third edge stays.
        asleep, caller = pushed_phone(office, username), OutsideCaller(office)

        caller.invite(username)
        wait_until(lambda: providers.pushes(TOKEN) == 1, "a push")
        victim = edges.balancer.edge_of(asleep.peer.source)
        edges.running[victim].signal(signal.SIGKILL)
        edges.wait_gone(victim)
        awake = pushed_phone(office, username)
        invite = awake.take_request()
        assert (invite.method, providers.pushes(TOKEN)) == ("INVITE", 1)
        awake.answer(invite, "486 Busy Here")
        assert caller.outcome().status == 486

        caller.invite(username)
        wait_until(lambda: providers.pushes(TOKEN) == 2, "another push")
        victim = edges.balancer.edge_of(caller.source)
        edges.running[victim].signal(signal.SIGKILL)
        edges.wait_gone(victim)
        caller.repeat()
        wait_until(lambda: providers.pushes(TOKEN) == 3, "the push of the edge that has the call now")
        awake = pushed_phone(office, username)
        awake.answer(awake.take_request(), "486 Busy Here")
        assert caller.outcome().status == 486
        for host in HOSTS:
            if host not in edges.running:
                edges.start(host)
    assert edges.counts("internal_error") == 0


def pushed_phone(office: Office, username: str) -> WirePhone:
    """A phone that has registered over a socket of its own, and reads nothing from then on."""
    phone = WirePhone(office, username, UdpPeer(("127.0.0.1", office.sip_port)), "UDP")
    phone.contact += f";pn-provider=fcm;pn-param={PROJECT};pn-prid={TOKEN}"
    assert phone.register(expires=600).status == 200
    return phone
