"""The models of AWS do what the documents say."""

from __future__ import annotations

import pytest

from chaos.aws.target_group import TERMINATION_S, TargetGroup, TargetState
from chaos.aws.tcp_connections import TCP_IDLE_S, TcpConnection
from chaos.aws.udp_flows import UDP_IDLE_S, UdpFlows

DELAY_S = 300.0
PHONE = ("198.51.100.7", 5060)
FIRST, SECOND = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def group() -> TargetGroup:
    group = TargetGroup(DELAY_S)
    for target in ("a", "b"):
        group.register(target)
        check(group, target, is_well=True)
    return group


def check(group: TargetGroup, target: str, *, is_well: bool) -> None:
    for _ in range(2):
        group.note_health(target, is_well=is_well)


def test_one_health_check_changes_nothing(group: TargetGroup) -> None:
    group.note_health("a", is_well=False)
    group.note_health("a", is_well=True)
    group.note_health("a", is_well=False)
    assert group.state("a", 0) is TargetState.HEALTHY
    group.note_health("a", is_well=False)
    assert group.state("a", 0) is TargetState.UNHEALTHY


def test_a_flow_stays_at_its_target_until_it_is_idle(group: TargetGroup) -> None:
    flows = UdpFlows(group)
    target = flows.to_target(PHONE, FIRST, 0)
    assert {flows.to_target(PHONE, FIRST, now) for now in (100, 200, 300)} == {target}
    assert flows.to_client(target or "", PHONE, 400) == FIRST  # either end keeps it
    assert flows.to_target(PHONE, FIRST, 400 + UDP_IDLE_S - 1) == target
    assert flows.to_client(target or "", PHONE, 400 + 2 * UDP_IDLE_S) is None
    assert flows.to_target(PHONE, FIRST, 400 + 2 * UDP_IDLE_S) != target  # the next in turn


def test_a_target_opens_no_flow(group: TargetGroup) -> None:
    flows = UdpFlows(group)
    target = flows.to_target(PHONE, FIRST, 0)
    (other,) = {"a", "b"} - {target}
    assert flows.to_client(other, PHONE, 1) is None
    assert flows.to_client("a", ("198.51.100.8", 5060), 1) is None


def test_a_deregistered_target_keeps_its_flows_until_shortly_after_the_delay(group: TargetGroup) -> None:
    flows = UdpFlows(group)
    target = flows.to_target(PHONE, FIRST, 0) or ""
    group.deregister(target, 0)
    check(group, target, is_well=False)  # which moves nothing
    assert {flows.to_target((PHONE[0], port), FIRST, 1) for port in range(9)} == {"a", "b"} - {target}
    for now in range(0, int(DELAY_S + TERMINATION_S), 100):
        assert flows.to_target(PHONE, FIRST, now) == target
        assert flows.to_client(target, PHONE, now) == FIRST
    assert group.state(target, DELAY_S - 1) is TargetState.DRAINING
    assert group.state(target, DELAY_S) is TargetState.UNUSED
    assert flows.to_client(target, PHONE, DELAY_S) == FIRST
    assert flows.to_client(target, PHONE, DELAY_S + TERMINATION_S) is None
    assert flows.to_target(PHONE, FIRST, DELAY_S + TERMINATION_S) not in (target, None)


def test_the_next_datagram_to_an_unhealthy_target_goes_to_another(group: TargetGroup) -> None:
    flows = UdpFlows(group)
    target = flows.to_target(PHONE, FIRST, 0) or ""
    check(group, target, is_well=False)
    assert flows.to_client(target, PHONE, 1) == FIRST
    assert flows.to_target(PHONE, FIRST, 2) != target
    assert flows.to_client(target, PHONE, 3) is None


def test_unhealthy_targets_are_better_than_none(group: TargetGroup) -> None:
    flows = UdpFlows(group)
    for target in ("a", "b"):
        check(group, target, is_well=False)
    assert flows.to_target(PHONE, FIRST, 0) in ("a", "b")
    for target in ("a", "b"):
        group.deregister(target, 0)
    assert flows.to_target(("198.51.100.8", 5060), FIRST, 1) is None


def test_one_source_through_two_zones_may_reach_one_target(group: TargetGroup) -> None:
    """The target sees one client then, and its answers go the way of the latest datagram."""
    flows = UdpFlows(group)
    group.deregister("b", 0)
    assert flows.to_target(PHONE, FIRST, 0) == flows.to_target(PHONE, SECOND, 1) == "a"
    assert flows.to_client("a", PHONE, 2) == SECOND
    flows.to_target(PHONE, FIRST, 3)
    assert flows.to_client("a", PHONE, 4) == FIRST


def test_a_connection_ends_when_it_is_idle_or_its_target_goes(group: TargetGroup) -> None:
    idle, used, left, ill = (TcpConnection(group, target, 0) for target in ("a", "a", "b", "a"))
    used.note_use(TCP_IDLE_S - 1)
    assert not idle.is_open(TCP_IDLE_S)
    assert used.is_open(TCP_IDLE_S)
    group.deregister("b", 0)
    assert left.is_open(DELAY_S)
    assert not left.is_open(DELAY_S + TERMINATION_S)
    check(group, "a", is_well=False)
    assert not ill.is_open(1)
