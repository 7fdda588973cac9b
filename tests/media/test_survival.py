"""An edge, an rtpengine or a phone goes away in the middle of relayed calls."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

from tests.agents.phone import Phone
from tests.calls.office import Office
from tests.calls.test_calls import HIGH, LOW, talk
from tests.edge_process import StartEdge
from tests.fleet.edges import fleet_of
from tests.media.relay import calls, media_relay
from tests.service import Service
from tests.waiting import wait_until

HOSTS = ["127.0.0.2", "127.0.0.3"]


def test_sound_outlives_its_edge_and_another_ends_it(service: Service, start_edge: StartEdge, tmp_path: Path) -> None:
    with (
        media_relay(tmp_path) as relay,
        fleet_of(start_edge, HOSTS, RTPENGINES=relay.address, MEDIA_ANCHORING="always") as edges,
        Office(service, edges.port) as office,
    ):
        caller, callee = office.registered("pjsua2", tone=LOW), office.registered("pjsua2", tone=HIGH)
        call, incoming = talk(caller, callee, callee.uri)
        assert calls(relay) == 1
        (anchor,) = [host for host, edge in edges.running.items() if any(e["message"] == "call" for e in edge.events())]
        edges.running[anchor].signal(signal.SIGKILL)
        edges.wait_gone(anchor)
        call.wait_tone(HIGH)
        incoming.wait_tone(LOW)
        call.hangup()
        assert call.wait_ended()[0] == 200
        assert incoming.wait_ended()[0] == 200
        wait_until(lambda: calls(relay) == 0, "the rtpengine has forgotten the call")
        (other,) = edges.running.values()
        other.wait_for("media")
        (line,) = [event for event in other.events() if event["message"] == "media"]
        assert line["caller_packets"] > 0
        assert line["callee_packets"] > 0
        assert not any(value for name, value in line.items() if name.endswith("_lost"))


def test_calls_go_to_another_rtpengine_and_are_refused_when_there_is_none(
    service: Service, start_edge: StartEdge, tmp_path: Path
) -> None:
    with ExitStack() as both:
        with media_relay(tmp_path, "first") as first:
            second = both.enter_context(media_relay(tmp_path, "second"))
            edge = start_edge(RTPENGINES=f"{first.address},{second.address}", MEDIA_ANCHORING="always")
            office = both.enter_context(Office(service, edge.port()))
            caller, callee = office.registered("pjsua2", tone=LOW), office.registered("pjsua2", tone=HIGH)
            for _ in range(2):
                converse(caller, callee)
        for _ in range(2):
            converse(caller, callee)
        assert [event["media_relay"] for event in edge.events() if event["message"] == "media_relay_lost"] == [
            first.address
        ]
    # Now both are gone, and so is the office: its phones have been told.
    with Office(service, edge.port()) as office:
        caller, callee = office.registered("pjsua2"), office.registered("pjsua2")
        for _ in range(2):
            assert caller.call(callee.uri).wait_ended(5)[0] == 500


def converse(caller: Phone, callee: Phone) -> None:
    """A call with sound, from its beginning to its end."""
    call, incoming = talk(caller, callee, callee.uri)
    call.hangup()
    assert call.wait_ended()[0] == 200
    assert incoming.wait_ended()[0] == 200


def test_a_phone_that_dies_leaves_nobody_in_a_call(service: Service, start_edge: StartEdge, tmp_path: Path) -> None:
    with media_relay(tmp_path) as relay:
        edge = start_edge(RTPENGINES=relay.address, MEDIA_ANCHORING="always", MEDIA_TIMEOUT_SECONDS="5")
        with Office(service, edge.port()) as office:
            caller, callee = office.registered("pjsua2", tone=LOW), office.registered("pjsua2", tone=HIGH)
            call, _ = talk(caller, callee, callee.uri)
            callee.kill()
            assert call.wait_ended(20)[0] == 200
            edge.wait_for("media_stopped")
            wait_until(lambda: calls(relay) == 0, "the rtpengine has forgotten the call")
