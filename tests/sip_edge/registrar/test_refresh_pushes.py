"""Phones that can't wake themselves are pushed before their bindings end (RFC 8599 section 5.5)."""

from __future__ import annotations

from collections import Counter

import pytest

from sip_edge.push.outcome import Outcome, Result
from sip_edge.push.parameters import Purpose
from sip_edge.registrar.reachability.refresh_plan import minute_of
from tests.sip_edge.registrar.push_phones import TOKEN, bindings, connected, contact, push_rig, push_uri
from tests.sip_edge.rig import START, Phone, Rig, World

EDGES = ("10.0.0.1:5070", "10.0.0.2:5070", "10.0.0.3:5070")
LIFETIME_S = 300
REMOTE, VOIP = "ab" * 32, "cd" * 32
APNS = "pn-provider=apns;pn-param=TEAM012345.com.example.phone.voip&remote;pn-prid="
REFUSED = Outcome(Result.REFUSED, "BadDeviceToken")
UNAVAILABLE = Outcome(Result.UNAVAILABLE, "Timeout")
UNREGISTERED = Outcome(Result.UNREGISTERED, "Unregistered")


@pytest.fixture
def rig() -> Rig:
    return push_rig()


def registered(rig: Rig, text: str = "", transport: str = "TLS", expires: int = LIFETIME_S) -> Phone:
    """Returns a phone that has registered, and then lost its connection."""
    phone = connected(rig, transport)
    response = phone.register(f"Expires: {expires}", contact=text or contact())
    assert response.status == 200, response.start
    if transport != "UDP":
        rig.lose(phone.flow)
    return phone


def refreshes(world: World) -> int:
    return sum(purpose is Purpose.REFRESH for _, purpose in world.pusher.pushed)


def ends(rig: Rig) -> list[str]:
    """Returns the ends of the refreshes that are recorded."""
    rig.advance(1)
    assert {record.cause for record in rig.world.wake_ups.written} <= {"refresh"}
    return [record.end for record in rig.world.wake_ups.written]


def fleet(count: int = 2) -> tuple[World, list[Rig]]:
    """Returns edges that know each other, and an extension with one push app."""
    world = World()
    world.pusher.apps = {"fcm": {"project-1"}}
    edges = [Rig(world, address) for address in EDGES[:count]]
    edges[0].add_extension("alice")
    join(edges)
    return world, edges


def join(edges: list[Rig]) -> None:
    for edge in edges:
        assert edge.member
        edge.member.meet([other.member.name for other in edges if other.member])
    edges[0].deliver()


def register_at_once(rig: Rig, count: int) -> None:
    """Registers phones whose pushes are due in one minute."""
    rig.world.now = START + 35
    for number in range(count):
        rig.add_extension(f"phone{number}")
        phone = Phone(rig, f"phone{number}", rig.flow(port=1024 + number))
        phone.register(f"Expires: {LIFETIME_S}", contact=contact(push_uri(prid=f"{number:04}" * 10)))
    assert len({push.minute for push in rig.world.refreshes.pushes}) == 1


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS", "WSS"])
def test_a_phone_that_cannot_wake_itself_is_pushed_before_its_binding_ends(rig: Rig, transport: str) -> None:
    registered(rig, transport=transport)
    rig.advance(60)
    assert refreshes(rig.world) == 0
    rig.advance(70)
    assert rig.world.pusher.pushed[0][0].remote_token == TOKEN
    assert refreshes(rig.world) == 1
    assert bindings(rig)
    rig.advance(300)
    assert refreshes(rig.world) == 1


@pytest.mark.parametrize(
    "text",
    [
        contact(parameters=";+sip.pnsreg"),
        contact(parameters=";+SIP.PNSREG"),
        f"<sip:alice@10.0.0.5:5060;{APNS}{VOIP}:voip>",
        f"<sip:alice@10.0.0.5:5060;pn-provider=apns;pn-param=TEAM012345.com.example.phone.voip;pn-prid={VOIP}>",
        "<sip:alice@10.0.0.5:5060;pn-provider=fcm>",
        "<sip:alice@10.0.0.5:5060>",
    ],
)
def test_other_phones_are_not_planned_for(rig: Rig, text: str) -> None:
    rig.world.pusher.apps["apns"] = {"com.example.phone"}
    phone = connected(rig)
    assert phone.register(contact=text).status == 200
    assert not rig.world.refreshes.pushes


@pytest.mark.parametrize(
    "text",
    [
        f"<sip:alice@10.0.0.5:5060;{APNS}{VOIP}:voip&{REMOTE}:remote>",
        f"<sip:alice@10.0.0.5:5060>;{APNS}{VOIP}:voip&{REMOTE}:remote",
        f"<sip:alice@10.0.0.5:5060;app-id=com.example.phone.remote.prod;pn-type=apple;pn-tok={REMOTE}>",
    ],
)
def test_a_refresh_takes_the_token_that_shows_no_call(rig: Rig, text: str) -> None:
    rig.world.pusher.apps["apns"] = {"com.example.phone"}
    registered(rig, text)
    rig.advance(130)
    ((target, purpose),) = rig.world.pusher.pushed
    assert target.token_for(purpose) == REMOTE


def test_a_phone_without_a_push_app_or_with_a_proxy_that_pushes_is_not_planned_for(rig: Rig) -> None:
    phone = connected(rig)
    assert phone.register('Feature-Caps: *;+sip.pns="fcm"', contact=contact()).status == 200
    rig.world.pusher.apps = {}
    assert phone.register(contact=contact()).status == 200
    assert not rig.world.refreshes.pushes


def test_no_token_is_in_the_schedule(rig: Rig) -> None:
    registered(rig)
    (push,) = rig.world.refreshes.pushes
    assert TOKEN not in repr(push)
    assert push.aor == rig.address("alice").aor


def test_no_phone_is_registered_without_its_plan(rig: Rig) -> None:
    rig.world.refreshes.outage = True
    response = connected(rig).register(contact=contact())
    assert response.status == 503
    assert response.get("retry-after")
    assert not bindings(rig)
    rig.world.refreshes.outage = False
    assert connected(rig).register(contact=contact()).status == 200


def test_a_plan_whose_register_was_not_stored_is_not_carried_out(rig: Rig) -> None:
    phone = connected(rig)
    phone.register()
    credentials = phone.credentials(phone.challenge())
    rig.store.outage = True
    rig.receive(phone.flow, phone.register_text(credentials, f"Expires: {LIFETIME_S}", contact=contact()))
    assert phone.flow.take_response().status == 503
    assert len(rig.world.refreshes.pushes) == 1
    rig.store.outage = False
    rig.advance(LIFETIME_S)
    assert refreshes(rig.world) == 0


def test_a_phone_that_refreshes_by_itself_is_not_pushed_for_the_old_end(rig: Rig) -> None:
    phone = connected(rig)
    phone.register(f"Expires: {LIFETIME_S}", contact=contact())
    rig.advance(80)
    phone.register("Expires: 3600", contact=contact())
    assert len(rig.world.refreshes.pushes) == 2
    rig.advance(LIFETIME_S)
    assert refreshes(rig.world) == 0


def test_a_phone_that_unregisters_is_not_pushed(rig: Rig) -> None:
    phone = connected(rig)
    phone.register(f"Expires: {LIFETIME_S}", contact=contact())
    phone.register("Expires: 0", contact=contact())
    assert len(rig.world.refreshes.pushes) == 1
    rig.advance(LIFETIME_S)
    assert refreshes(rig.world) == 0


def test_a_deleted_extension_is_not_pushed(rig: Rig) -> None:
    registered(rig)
    del rig.store.addresses[rig.address("alice").aor]
    rig.advance(LIFETIME_S)
    assert refreshes(rig.world) == 0


@pytest.mark.parametrize("moved", [False, True])
def test_a_phone_that_registers_in_time_was_woken(rig: Rig, moved: bool) -> None:
    phone = registered(rig)
    rig.advance(130)
    again = Phone(rig, "alice", rig.flow(host="203.0.113.9", transport="TLS"))
    if not moved:
        again.call_id, again.cseq = phone.call_id, phone.cseq
    assert (
        again.register(contact=contact(push_uri(host="203.0.113.9:1234" if moved else "10.0.0.5:5060"))).status == 200
    )
    rig.advance(LIFETIME_S)
    assert ends(rig) == ["registered"]


def test_a_phone_that_stays_away_has_not_answered(rig: Rig) -> None:
    registered(rig)
    rig.advance(LIFETIME_S - 20)
    assert not ends(rig)
    rig.advance(30)
    assert ends(rig) == ["unanswered"]


@pytest.mark.parametrize("outcome", [REFUSED, UNAVAILABLE])
def test_a_push_that_fails_is_tried_once_more_before_the_end(rig: Rig, outcome: Outcome) -> None:
    registered(rig)
    rig.world.pusher.outcome = outcome
    rig.advance(130)
    assert refreshes(rig.world) == 1
    rig.advance(LIFETIME_S - 130 - 60)
    assert refreshes(rig.world) == 2
    rig.advance(LIFETIME_S)
    assert refreshes(rig.world) == 2
    assert ends(rig) == ["unanswered"]


def test_an_app_that_is_gone_loses_its_binding(rig: Rig) -> None:
    registered(rig)
    rig.world.pusher.outcome = UNREGISTERED
    rig.advance(130)
    assert not bindings(rig)
    assert ends(rig) == ["unanswered"]
    rig.advance(LIFETIME_S)
    assert refreshes(rig.world) == 1


def test_an_outage_of_the_tables_delays_a_push(rig: Rig) -> None:
    registered(rig)
    rig.store.outage = rig.world.refreshes.outage = True
    rig.advance(130)
    rig.world.refreshes.outage = False
    rig.advance(20)
    assert refreshes(rig.world) == 0
    rig.store.outage = False
    rig.advance(35)
    assert refreshes(rig.world) == 1


def test_an_edge_that_starts_late_catches_up(rig: Rig) -> None:
    registered(rig)
    rig.die()
    rig.world.now += 200
    late = Rig(rig.world)
    late.advance(15)
    assert refreshes(rig.world) == 1


def test_an_edge_that_starts_anew_pushes_no_phone_twice(rig: Rig) -> None:
    registered(rig)
    rig.advance(130)
    assert refreshes(rig.world) == 1
    rig.die()
    Rig(rig.world).advance(60)
    assert refreshes(rig.world) == 1


@pytest.mark.parametrize("count", [2, 3])
def test_one_edge_of_a_fleet_pushes_a_phone(count: int) -> None:
    world, edges = fleet(count)
    registered(edges[0])
    edges[1].advance(LIFETIME_S)
    assert refreshes(world) == 1


def test_another_edge_takes_over_within_two_minutes() -> None:
    world, edges = fleet()
    edges[0].store.addresses.clear()
    for number in range(8):
        edges[0].add_extension(f"phone{number}")
        phone = Phone(edges[0], f"phone{number}")
        phone.register(f"Expires: {LIFETIME_S}", contact=contact(push_uri(prid=f"{number}" * 40)))
    edges[0].advance(30)
    edges[1].die()
    edges[0].advance(210)
    assert {target.remote_token[0] for target, _ in world.pusher.pushed} == set("01234567")
    assert len(world.pusher.pushed) == 8


def test_an_edge_that_joins_pushes_no_phone_twice() -> None:
    world, edges = fleet(1)
    registered(edges[0])
    edges[0].advance(130)
    assert refreshes(world) == 1
    edges += [Rig(world, address) for address in EDGES[1:]]
    join(edges)
    edges[0].advance(100)
    assert refreshes(world) == 1


def test_many_phones_of_one_minute_are_pushed_at_a_bounded_rate(rig: Rig) -> None:
    count = 1000
    register_at_once(rig, count)
    before, most = 0, 0
    while rig.now < START + 150:
        rig.advance(1)
        most = max(most, len(rig.world.pusher.pushed) - before)
        before = len(rig.world.pusher.pushed)
    assert most <= 210
    assert Counter(target.remote_token for target, _ in rig.world.pusher.pushed).most_common(1)[0][1] == 1
    assert len(rig.world.pusher.pushed) == count


def test_pushes_that_get_no_answer_leave_room_for_calls(rig: Rig) -> None:
    rig.world.refreshes.page_size = 250
    register_at_once(rig, 520)
    rig.world.pusher.is_silent = True
    rig.advance(140)
    assert len(rig.world.pusher.pushed) == 500


@pytest.mark.parametrize(("lifetime_s", "spread_s"), [(300, 30), (3600, 360), (86_400, 420), (2_678_400, 420)])
def test_pushes_of_phones_that_registered_at_once_are_spread(lifetime_s: int, spread_s: int) -> None:
    end = 1_700_000_000
    minutes = Counter(minute_of(f"{number:016x}", end, lifetime_s) for number in range(5000))
    assert min(minutes) >= (end - 180 - spread_s) // 60
    assert max(minutes) <= (end - 180) // 60
    assert len(minutes) >= spread_s // 60
    assert minute_of("0" * 16, end, lifetime_s) == minute_of("0" * 16, end, lifetime_s)
