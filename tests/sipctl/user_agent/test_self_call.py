"""An extension registers, calls itself over its direct address, and hears its tones; each failure names its step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sipctl.user_agent.self_call import Account, StepFailedError, self_call
from tests.calls.office import PASSWORD, Office
from tests.edge_process import EdgeProcess, StartEdge
from tests.media.relay import calls, media_relay
from tests.ports import free_port

STEPS = ["resolve", "register", "call", "sound", "end"]


def account(office: Office, edge: EdgeProcess) -> Account:
    extension = office.extension(direct=True)
    return Account(
        host="localhost",
        port=edge.port(),
        domain=office.domain,
        username=extension["username"],
        password=PASSWORD,
        direct_address=f"sip:direct.{extension['direct_hash']}@sip.{office.service.base}",
    )


def failed(account: Account) -> StepFailedError:
    with pytest.raises(StepFailedError) as failure:
        list(self_call(account))
    return failure.value


def test_a_tone_is_heard_through_the_relay(office: Office, start_edge: StartEdge, tmp_path: Path) -> None:
    with media_relay(tmp_path) as relay:
        edge = start_edge(RTPENGINES=relay.address, MEDIA_ANCHORING="always")
        steps = self_call(account(office, edge))
        names = []
        for step in steps:
            names.append(step.name)
            if step.name == "sound":
                assert calls(relay) == 1
        assert names == STEPS
    assert PASSWORD not in edge.log.read_text()


def test_it_registers_again_at_once_and_leaves_nothing(office: Office, start_edge: StartEdge) -> None:
    edge = start_edge()
    canary = account(office, edge)
    for _ in range(2):
        assert [step.name for step in self_call(canary)] == STEPS
    (extension,) = office.rest("GET")["result"]
    assert extension["registration"]["status"] == "unregistered"


def test_a_failure_names_its_step(office: Office, start_edge: StartEdge) -> None:
    canary = account(office, start_edge())
    wrong = failed(replace(canary, password="another-password"))
    assert (wrong.step, str(wrong)) == ("register", "REGISTER got 407 Proxy Authentication Required")
    unknown = failed(replace(canary, direct_address=canary.direct_address.replace("direct.", "direct.0")))
    assert (unknown.step, str(unknown)) == ("call", "INVITE got 404 Not Found")
    assert failed(replace(canary, host="no-such-host.invalid")).step == "resolve"
    assert failed(replace(canary, port=free_port())).step == "register"
    assert "another-password" not in repr(wrong) + str(canary)


def test_sound_that_does_not_come(office: Office, start_edge: StartEdge, tmp_path: Path) -> None:
    with media_relay(tmp_path) as relay:
        edge = start_edge(RTPENGINES=relay.address, MEDIA_ANCHORING="always")
        steps = self_call(account(office, edge))
        while next(steps).name != "call":
            pass
    # The relay is gone while the call is up.
    with pytest.raises(StepFailedError) as failure:
        list(steps)
    assert failure.value.step == "sound"
    assert "the caller heard the tone in" in str(failure.value)
