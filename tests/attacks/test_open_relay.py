"""An attacker would have the edge send something to a bystander, which must get nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from tests.attacks.scene import Scene, heard, invite

METHODS = ("INVITE", "MESSAGE", "OPTIONS", "NOTIFY", "SUBSCRIBE", "REFER", "BYE")


@pytest.mark.parametrize(
    "uri",
    [
        "sip:x@{bystander}",
        "sip:{bystander}",
        "sip:x@{bystander};maddr={domain}",
        "sip:{victim}%40{domain}@{bystander}",
        "sips:x@{bystander}",
    ],
)
def test_a_request_uri_elsewhere(scene: Scene, uri: str) -> None:
    mallory = scene.mallory()
    victim, domain = scene.victim.username, scene.office.domain
    target = uri.format(bystander=scene.bystander_host, victim=victim, domain=domain)
    # The bystander's host is the edge's own, whose names are ours: what can be known is that nothing goes there.
    for method in METHODS:
        request = mallory.request(method, target, f"<{target}>", "Contact: <sip:c@192.0.2.1>", call_id="r")
        assert mallory.ask(request).status in (200, 403, 404, 405, 416, 489)


@pytest.mark.parametrize(
    "uri",
    ["sip:x@elsewhere.example", "sip:{victim}@{domain}.elsewhere.example", "sip:x@registrar.{base}.elsewhere.example"],
)
@pytest.mark.parametrize("as_one_of_ours", [False, True], ids=["outsider", "extension"])
def test_a_foreign_domain(scene: Scene, uri: str, as_one_of_ours: bool) -> None:
    caller = scene.phone(scene.colleague) if as_one_of_ours else scene.mallory()
    target = uri.format(victim=scene.victim.username, domain=scene.office.domain, base=scene.office.service.base)
    for method in METHODS:
        answer = caller.ask(caller.request(method, target, f"<{target}>", call_id=secrets.token_hex(4)))
        assert answer.status == 403


@pytest.mark.parametrize(
    "routes",
    [
        ["Route: <sip:127.0.0.1:{port};lr>, <sip:{bystander};lr>"],
        ["Route: <sip:127.0.0.1:{port};lr>", "Route: <sip:{bystander};lr>"],
        ["Route: <sip:{bystander};lr>,\r\n <sip:127.0.0.1:{port};lr>"],
        ["route:\t<sip:{bystander};lr>", "ROUTE : <sip:{bystander}>"],
    ],
)
def test_a_route_that_leads_on(scene: Scene, routes: list[str]) -> None:
    mallory = scene.mallory()
    lines = [route.format(port=scene.here.port(), bystander=scene.bystander_host) for route in routes]
    assert mallory.ask(invite(mallory, scene.victim.aor, *lines)).status == 403


@pytest.mark.parametrize("route", ["<sip:{bystander};lr>", "<sip:{bystander}>", "<sip:x@{bystander};transport=tcp;lr>"])
def test_a_single_route_is_not_followed(scene: Scene, route: str) -> None:
    """Phones name their outbound proxy so. The call goes to the callee, wherever the route leads."""
    mallory = scene.mallory()
    route = route.format(bystander=scene.bystander_host)
    mallory.peer.send(invite(mallory, scene.victim.aor, f"Route: {route}"))
    assert scene.arrived().get("route") == ""


@pytest.mark.parametrize("edge", ["here", "elsewhere"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token[:10] + ("A" if token[10] != "A" else "B") + token[11:],
        lambda token: token.partition(".")[0],
        lambda token: token.partition(".")[0] + ".",
        lambda token: token + "0",
        lambda token: token.replace(".", "%2E.", 1),
        lambda token: "." + token.partition(".")[2],
        lambda token: token.upper(),
    ],
    ids=["seal", "payload", "no seal", "empty seal", "longer", "escaped", "seal alone", "upper"],
)
def test_a_token_that_is_not_ours(scene: Scene, edge: str, damage: Callable[[str], str]) -> None:
    mallory = scene.mallory()
    mallory.peer.send(invite(mallory, scene.victim.aor))
    route = scene.arrived().get("record-route")
    token = route.partition("sip:")[2].partition("@")[0]
    forged = route.replace(token, damage(token))
    thief = scene.mallory(getattr(scene, edge))
    to = f"<{scene.victim.aor}>;tag={scene.victim.tag}"
    for method in ("BYE", "INVITE", "MESSAGE"):
        request = thief.request(method, "sip:x@192.0.2.1", to, f"Route: {forged}", call_id=secrets.token_hex(4))
        assert thief.ask(request).status == 481


def test_a_route_beyond_a_token_is_not_followed_by_us(scene: Scene) -> None:
    """Routes behind the edge's own value are for those behind the flow that it leads to."""
    mallory = scene.mallory()
    call_id = secrets.token_hex(8)
    mallory.peer.send(invite(mallory, scene.victim.aor, call_id=call_id))
    call = scene.victim.take_request()
    scene.victim.answer(call, "200 OK", f"Contact: <{scene.victim.contact}>")
    route = ""
    while not route:
        route = mallory.take().get("record-route")
    beyond = f"<sip:{scene.bystander_host};lr>"
    to = f"<{scene.victim.aor}>;tag={scene.victim.tag}"
    uri = f"sip:x@{scene.bystander_host}"
    mallory.peer.send(mallory.request("BYE", uri, to, f"Route: {route}, {beyond}", call_id=call_id))
    bye = scene.victim.take_request()
    assert (bye.method, bye.get("route")) == ("BYE", beyond)
    scene.victim.answer(bye, "200 OK")


@pytest.mark.parametrize("place", ["received={host}", "maddr={host}", "rport={port}", "received={host};rport={port}"])
def test_a_via_that_would_send_the_answer_elsewhere(scene: Scene, place: str) -> None:
    mallory = scene.mallory()
    host, _, port = scene.bystander_host.partition(":")
    request = mallory.request("OPTIONS", f"sip:{scene.office.domain}", "<sip:x@y.example>")
    elsewhere = place.format(host=host, port=port)
    bent = request.replace(b"192.0.2.77:5099", scene.bystander_host.encode()).replace(b"rport", elsewhere.encode())
    mallory.peer.send(bent)
    (answer,) = heard(mallory)
    assert answer.start == "SIP/2.0 200 OK"
