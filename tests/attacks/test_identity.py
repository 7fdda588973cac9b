"""An attacker pretends to be an extension, or learns what isn't meant for it."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from tests.attacks.scene import OUTSIDE, Scene, invite
from tests.transport.wire_phone import WirePhone


def call_as(caller: WirePhone, sender: str, scene: Scene, *extra: str) -> tuple[int, str]:
    """Call the victim with a From, answering the challenge with the caller's own good credentials."""
    uri, call_id = scene.victim.aor, secrets.token_hex(8)
    first = with_from(invite(caller, uri, *extra, call_id=call_id), caller, sender)
    answer = caller.ask(first)
    if answer.status != 407:
        return answer.status, answer.start
    authorization = scene.credentials(answer.get("proxy-authenticate"), "INVITE", uri, caller.username)
    second = invite(caller, uri, f"Proxy-Authorization: {authorization}", *extra, call_id=call_id)
    answer = caller.ask(with_from(second, caller, sender))
    return answer.status, answer.start


def with_from(request: bytes, caller: WirePhone, sender: str) -> bytes:
    old = f"From: <{caller.aor}>".encode()
    assert old in request
    return request.replace(old, f"From: {sender}".encode())


@pytest.mark.parametrize(
    ("sender", "status"),
    [
        ("<sip:{victim}@{domain}>", 407),
        ("<sip:{victim}@{upper}>", 407),
        ("<sip:{victim}@{domain}.>", 407),
        ("<sip:{victim}@{domain}:5060>", 407),
        ("<sips:{victim}@{domain}>", 407),
        ("<sip:{victim}:secret@{domain}>", 407),
        ("<sip:%{hex}{rest}@{domain}>", 407),
        ('"{own}" <sip:{victim}@{domain}>', 407),
        ("sip:{victim}@{domain}", 407),
        ("<sip:{victim};x={own}@{domain}>", 403),
        ("<sip:{victim}@{base}>", 403),
        ("<sip:{victim}@registrar.{base}>", 403),
        ("<sip:{victim}@sip.{base}>", 403),
        ("<sip:{victim}@127.0.0.1>", 403),
        ("<sip:{domain}>", 403),
        ("<sip:{own}@{domain}>, <sip:{victim}@{domain}>", 400),
        ("<sip:{own}@{domain}>;tag=a, <sip:{victim}@{domain}>", 400),
        ("<sip:mallory@outside.example>;tag=a, <sip:{victim}@{domain}>", 400),
        ("<sip:mallory@outside.example> <sip:{victim}@{domain}>", 400),
        ('"<sip:{victim}@{domain}> <sip:mallory@outside.example>', 400),
    ],
)
def test_a_from_that_is_somebody_else(scene: Scene, sender: str, status: int) -> None:
    caller = scene.phone(scene.colleague, source=scene.fresh_host())
    victim = scene.victim.username
    text = sender.format(
        victim=victim,
        own=caller.username,
        domain=scene.office.domain,
        upper=scene.office.domain.upper(),
        base=scene.office.service.base,
        hex=f"{ord(victim[0]):02x}",
        rest=victim[1:],
    )
    assert call_as(caller, text, scene)[0] == status
    assert scene.reached() == []


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "MESSAGE"])
def test_a_from_that_changes_within_a_dialog(scene: Scene, method: str) -> None:
    mallory, call_id = scene.mallory(), secrets.token_hex(8)
    mallory.peer.send(invite(mallory, scene.victim.aor, call_id=call_id))
    call = scene.victim.take_request()
    scene.victim.answer(call, "200 OK", f"Contact: <{scene.victim.contact}>")
    route = mallory.final_response().get("record-route")
    mallory.aor = f"sip:{scene.colleague}@{scene.office.domain}"
    to = f"<{scene.victim.aor}>;tag={scene.victim.tag}"
    request = mallory.request(method, scene.victim.contact, to, f"Route: {route}", call_id=call_id)
    assert mallory.ask(request).status == 403
    assert scene.reached() == []


@pytest.mark.parametrize("username", ["{victim}@{domain}", "mallory", "anonymous"])
def test_an_anonymous_from_without_an_extension(scene: Scene, username: str) -> None:
    """The password is that of all extensions here: the username alone is wrong."""
    caller = scene.phone(scene.colleague, source=scene.fresh_host())
    caller.username = username.format(victim=scene.victim.username, domain=scene.office.domain)
    assert call_as(caller, f"<sip:anonymous@{scene.office.domain}>", scene)[0] == 403
    assert scene.reached() == []


def test_an_anonymous_from_hides_the_extension(scene: Scene) -> None:
    caller = scene.phone(scene.colleague)
    uri, call_id = scene.victim.aor, secrets.token_hex(8)
    caller.aor = f"sip:anonymous@{scene.office.domain}"
    challenge = caller.ask(invite(caller, uri, call_id=call_id)).get("proxy-authenticate")
    credentials = scene.credentials(challenge, "INVITE", uri, caller.username)
    caller.peer.send(invite(caller, uri, f"Proxy-Authorization: {credentials}", call_id=call_id))
    call = scene.arrived()
    assert caller.aor in call.get("from")
    assert caller.username.encode() not in call.encode()


@pytest.mark.parametrize(
    "spelling",
    [
        lambda header, value: f"{header}: {value}",
        lambda header, value: f"{header} : {value}",
        lambda header, value: f"{header.upper()}: {value}",
        lambda header, value: f"{header}:\r\n\t{value}",
        lambda header, value: f"{header}: {value}".replace(", ", ",\r\n "),
        lambda header, value: f"{header}: {value}".replace("Digest ", "DIGEST\t"),
        lambda header, value: f"{header}: {unquoted_realm(value)}",
        lambda header, value: f"{header}: {escaped_realm(value)}",
        lambda header, value: f"{header}: {value}".replace('realm="', 'REALM = "'),
    ],
    ids=["plain", "space", "upper", "folded", "lines", "tab", "unquoted", "escaped", "spaces"],
)
@pytest.mark.parametrize("header", ["Proxy-Authorization", "Authorization"])
def test_credentials_do_not_reach_the_callee(scene: Scene, header: str, spelling: Callable[[str, str], str]) -> None:
    caller = scene.phone(scene.colleague)
    uri, call_id = scene.victim.aor, secrets.token_hex(8)
    challenge = caller.ask(invite(caller, uri, call_id=call_id)).get("proxy-authenticate")
    value = scene.credentials(challenge, "INVITE", uri, caller.username)
    foreign = 'Authorization: Digest username="x", realm="callee.example", nonce="n", uri="u", response="theirs"'
    caller.peer.send(invite(caller, uri, spelling(header, value), foreign, call_id=call_id))
    request = scene.arrived()
    secret = value.partition('response="')[2].partition('"')[0]
    assert secret.encode() not in request.encode()
    assert challenge.partition('nonce="')[2].partition('"')[0].encode() not in request.encode()
    # What is meant for the callee's realm is the callee's.
    assert 'response="theirs"' in request.get("authorization")


def unquoted_realm(value: str) -> str:
    realm = value.partition('realm="')[2].partition('"')[0]
    return value.replace(f'realm="{realm}"', f"realm={realm}")


def escaped_realm(value: str) -> str:
    realm = value.partition('realm="')[2].partition('"')[0]
    return value.replace(f'realm="{realm}"', f'realm="\\{realm}"')


def test_unreadable_credentials_do_not_reach_the_callee_either(scene: Scene) -> None:
    mallory = scene.mallory()
    realm = scene.office.service.base
    mallory.peer.send(
        invite(
            mallory,
            scene.victim.aor,
            f'Proxy-Authorization: Digest response="1", realm="x", realm="{realm}"',
            f'Authorization: Digest response="1" realm="{realm}"',
        )
    )
    request = scene.arrived()
    assert b"response" not in request.encode()


def test_nobody_hangs_up_for_somebody_else(scene: Scene) -> None:
    """A CANCEL that names another caller's INVITE, and comes from elsewhere."""
    caller = scene.mallory()
    request = invite(caller, scene.victim.aor)
    caller.peer.send(request)
    call = scene.victim.take_request()
    scene.victim.answer(call, "180 Ringing")
    while not caller.peer.receive().startswith(b"SIP/2.0 180"):
        pass
    cancel = (
        request.replace(b"INVITE", b"CANCEL").replace(b"Content-Length: 5", b"Content-Length: 0").partition(b"v=0")[0]
    )
    assert scene.mallory(source="127.0.0.66").ask(cancel).status == 481
    scene.victim.answer(call, "486 Busy Here")
    assert scene.victim.take_request().method == "ACK"
    assert scene.reached() == []


def test_outside_callers_are_outside(scene: Scene) -> None:
    """The counterpart of all this: an honest call from outside goes through, with its own From."""
    mallory = scene.mallory()
    mallory.peer.send(invite(mallory, scene.victim.aor))
    request = scene.arrived()
    assert OUTSIDE in request.get("from")
