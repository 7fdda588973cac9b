"""Every timer of RFC 3261 table 4, and L and M of RFC 6026, fires at its time alone.

T1 is 0.5 s, T2 is 4 s, T4 is 5 s. Deadlines are exact; the clock of these tests moves in steps of 10 ms.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

import pytest

from sip_edge.message import via as vias
from sip_edge.message.message import Request, Response, parse
from sip_edge.transaction.client import ClientTransaction, NonInviteClient
from sip_edge.transaction.invite_client import InviteClient
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.server import InviteServer, NonInviteServer
from sip_edge.transaction.timers import NEVER, Timed, Timers
from sip_edge.transaction.tokens import Tokens
from tests.sip_edge.rig import FakeFlow

STEP = 0.01


class ClientTransactionUser:
    """Keeps what it is told, and when."""

    def __init__(self) -> None:
        self.told: list[tuple[float, int]] = []
        self.silent_at: list[float] = []

    def on_response(self, response: Response, now: float) -> None:
        self.told.append((round(now, 2), response.status))

    def on_silence(self, now: float) -> None:
        self.silent_at.append(round(now - 100, 2))

    def on_flow_lost(self, now: float) -> bool:
        return False

    def on_failure(self, status: int, now: float) -> None:
        self.told.append((round(now, 2), -status))


class Bench:
    """Transactions, and a clock that begins at 100."""

    def __init__(self, transport: str) -> None:
        self.now = 100.0
        self.timers = Timers(lambda: self.now)
        self.transactions = Transactions(self.timers, Tokens(), lambda: "")
        self.flow = FakeFlow(transport=transport)
        self.asker = ClientTransactionUser()
        self.sent_at: list[float] = []
        self._sent = 0

    def until(self, seconds: float) -> None:
        """Let the clock go to that many seconds from the beginning, and note when something is sent."""
        while self.now < 100 + seconds - STEP / 2:
            self.now = round(self.now + STEP, 2)
            self.timers.advance(self.now)
            for _ in range(len(self.flow.sent) - self._sent):
                self.sent_at.append(round(self.now - 100, 2))
            self._sent = len(self.flow.sent)

    @property
    def open(self) -> int:
        return len(self.transactions)

    def told(self) -> list[tuple[float, int]]:
        return [(round(at - 100, 2), status) for at, status in self.asker.told]


def request(method: str) -> Request:
    parsed = parse(
        f"{method} sip:bob@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n"
        f"From: <sip:a@b>;tag=1\r\nTo: <sip:bob@b>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\r\n".encode()
    )
    assert isinstance(parsed, Request)
    return parsed


def response(sent: Request, status: int) -> Response:
    lines = [sent.line(name) for name in ("via", "from", "to", "call-id", "cseq")]
    parsed = parse("\r\n".join([f"SIP/2.0 {status} X", *lines, "", ""]).encode())
    assert isinstance(parsed, Response)
    return parsed


def invite_client(transport: str) -> tuple[Bench, InviteClient]:
    bench = Bench(transport)
    client = bench.transactions.invite(request("INVITE"), bench.flow, bench.asker, 180.0, bench.now)
    bench._sent = 1
    return bench, client


def other_client(transport: str) -> tuple[Bench, NonInviteClient]:
    bench = Bench(transport)
    client = bench.transactions.ask(request("BYE"), bench.flow, bench.asker, bench.now)
    bench._sent = 1
    return bench, client


def invite_server(transport: str) -> tuple[Bench, InviteServer]:
    bench = Bench(transport)
    invite = request("INVITE")
    return bench, bench.transactions.serve_invite(invite, vias.top(invite), bench.flow)


def other_server(transport: str) -> tuple[Bench, NonInviteServer]:
    bench = Bench(transport)
    bye = request("BYE")
    return bench, bench.transactions.serve(bye, vias.top(bye), bench.flow)


def test_a_repeats_an_invite_over_udp_with_doubled_intervals() -> None:
    bench, _ = invite_client("UDP")
    bench.until(31.99)
    assert bench.sent_at == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]


def test_a_is_not_for_tcp() -> None:
    bench, _ = invite_client("TCP")
    bench.until(31.99)
    assert bench.sent_at == []


def test_a_ends_with_a_provisional_response() -> None:
    bench, client = invite_client("UDP")
    bench.until(0.6)
    bench.transactions.receive(response(client.request, 180), bench.now)
    bench.until(40)
    assert bench.sent_at == [0.5]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@pytest.mark.parametrize("client", [invite_client, other_client])
def test_silence_is_told_from_t1_on_until_a_response(
    client: Callable[[str], tuple[Bench, ClientTransaction]], transport: str
) -> None:
    bench, asked = client(transport)
    bench.until(3.6)
    bench.transactions.receive(response(asked.request, 100), bench.now)
    bench.until(31)
    assert bench.asker.silent_at == [0.5, 1.5, 3.5]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_b_gives_up_after_64_t1(transport: str) -> None:
    bench, _ = invite_client(transport)
    bench.until(31.99)
    assert bench.told() == []
    bench.until(32.01)
    assert bench.told() == [(32.0, -408)]
    assert bench.open == 0


def test_c_calls_off_what_rings_too_long() -> None:
    bench, client = invite_client("UDP")
    bench.until(10)
    bench.transactions.receive(response(client.request, 180), bench.now)
    bench.until(100)
    bench.transactions.receive(response(client.request, 183), bench.now)  # §16.7 step 2: begins anew
    bench.until(279.99)
    assert len(bench.flow.sent) == 5  # the INVITE and its repetitions until the 180
    bench.until(280.01)
    assert bench.flow.sent[-1].startswith(b"CANCEL ")
    bench.transactions.receive(response(client.request, 487), bench.now)
    assert bench.told()[-1] == (280.01, -408)


def test_c_gives_up_on_one_that_heeds_no_cancel() -> None:
    bench, client = invite_client("TCP")
    bench.transactions.receive(response(client.request, 180), bench.now)
    bench.until(180 + 31.99)
    assert bench.told() == [(0.0, 180)]
    bench.until(180 + 32.01)
    assert bench.told()[-1] == (212.0, -408)


def test_d_acknowledges_repeated_refusals_for_32_s_over_udp() -> None:
    bench, client = invite_client("UDP")
    bench.transactions.receive(response(client.request, 486), bench.now)
    bench.until(31.99)
    bench.transactions.receive(response(client.request, 486), bench.now)
    assert [data.split(b" ")[0] for data in bench.flow.sent] == [b"INVITE", b"ACK", b"ACK"]
    assert bench.told() == [(0.0, 486)]
    assert bench.open == 1
    bench.until(32.01)
    assert bench.open == 0


def test_d_is_zero_over_tcp() -> None:
    bench, client = invite_client("TCP")
    bench.transactions.receive(response(client.request, 486), bench.now)
    assert bench.open == 0


def test_e_repeats_other_requests_over_udp_up_to_t2() -> None:
    bench, _ = other_client("UDP")
    bench.until(31.99)
    assert bench.sent_at == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def test_e_is_t2_once_it_proceeds() -> None:
    bench, client = other_client("UDP")
    bench.until(0.6)
    bench.transactions.receive(response(client.request, 100), bench.now)
    bench.until(9.99)
    assert bench.sent_at == [0.5, 1.5, 5.5, 9.5]


def test_e_is_not_for_tcp() -> None:
    bench, _ = other_client("TCP")
    bench.until(31.99)
    assert bench.sent_at == []


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_f_gives_up_after_64_t1(transport: str) -> None:
    bench, _ = other_client(transport)
    bench.until(32.01)
    assert bench.told() == [(32.0, -408)]
    assert bench.open == 0


def test_g_repeats_a_refusal_over_udp_up_to_t2() -> None:
    bench, server = invite_server("UDP")
    server.respond(486, b"x", bench.now)
    bench._sent = 1
    bench.until(20)
    assert bench.sent_at == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5]


def test_g_is_not_for_tcp() -> None:
    bench, server = invite_server("TCP")
    server.respond(486, b"x", bench.now)
    bench._sent = 1
    bench.until(31.99)
    assert bench.sent_at == []


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_h_waits_64_t1_for_the_ack(transport: str) -> None:
    bench, server = invite_server(transport)
    server.respond(486, b"x", bench.now)
    bench.until(31.99)
    assert bench.open == 1
    bench.until(32.01)
    assert bench.open == 0


def test_i_absorbs_acks_for_t4_over_udp() -> None:
    bench, server = invite_server("UDP")
    server.respond(486, b"x", bench.now)
    bench.until(1)
    bench._sent = len(bench.flow.sent)
    assert server.acknowledge(bench.now)
    bench.sent_at.clear()
    bench.until(5.99)
    assert server.acknowledge(bench.now)
    assert (bench.open, bench.sent_at) == (1, [])
    bench.until(6.01)
    assert bench.open == 0


def test_i_is_zero_over_tcp() -> None:
    bench, server = invite_server("TCP")
    server.respond(486, b"x", bench.now)
    server.acknowledge(bench.now)
    assert bench.open == 0


def test_j_repeats_the_answer_for_64_t1_over_udp() -> None:
    bench, server = other_server("UDP")
    server.respond(200, b"x", bench.now)
    bench.until(31.99)
    server.repeat()
    assert bench.flow.sent == [b"x", b"x"]
    assert bench.open == 1
    bench.until(32.01)
    assert bench.open == 0


def test_j_is_zero_over_tcp() -> None:
    bench, server = other_server("TCP")
    server.respond(200, b"x", bench.now)
    assert bench.open == 0


def test_k_absorbs_responses_for_t4_over_udp() -> None:
    bench, client = other_client("UDP")
    answer = response(client.request, 200)
    bench.transactions.receive(answer, bench.now)
    bench.until(4.99)
    bench.transactions.receive(answer, bench.now)
    assert bench.told() == [(0.0, 200)]
    assert bench.open == 1
    bench.until(5.01)
    assert bench.open == 0


def test_k_is_zero_over_tcp() -> None:
    bench, client = other_client("TCP")
    bench.transactions.receive(response(client.request, 200), bench.now)
    assert bench.open == 0


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_l_lets_more_2xx_pass_for_64_t1(transport: str) -> None:
    bench, server = invite_server(transport)
    server.respond(200, b"1", bench.now)
    bench.until(31.99)
    server.respond(200, b"2", bench.now)
    server.respond(486, b"3", bench.now)
    server.repeat()
    assert bench.flow.sent == [b"1", b"2"]
    assert bench.open == 1
    bench.until(32.01)
    assert bench.open == 0


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_m_takes_more_2xx_for_64_t1(transport: str) -> None:
    bench, client = invite_client(transport)
    accepted = response(client.request, 200)
    bench.transactions.receive(accepted, bench.now)
    bench.until(31.99)
    bench.transactions.receive(accepted, bench.now)
    assert bench.told() == [(0.0, 200), (31.99, 200)]
    bench.until(32.01)
    assert bench.open == 0


@pytest.mark.parametrize("method", ["INVITE", "BYE"])
def test_a_closed_flow_is_told_at_the_next_tick(method: str) -> None:
    bench = Bench("TCP")
    bench.flow.closed = True
    if method == "INVITE":
        bench.transactions.invite(request(method), bench.flow, bench.asker, 180.0, bench.now)
    else:
        bench.transactions.ask(request(method), bench.flow, bench.asker, bench.now)
    assert bench.told() == []
    bench.until(0.01)
    assert bench.told() == [(0.01, -503)]
    assert bench.open == 0


class Owner(Timed):
    """An owner of a deadline that notes its expiries."""

    def __init__(self) -> None:
        self.deadline = NEVER
        self.expired: list[float] = []

    def expire(self, now: float) -> None:
        self.expired.append(now)


def test_deadlines_that_were_put_off_hold_on_to_nothing_for_long() -> None:
    timers, kept = Timers(lambda: 0.0), Owner()
    timers.arm(kept, 7.0)
    gone = Owner()
    timers.arm(gone, 180.0)
    gone.deadline = NEVER
    forgotten = weakref.ref(gone)
    del gone
    for second in range(1000):
        timers.arm(kept, 100.0 + second)
    assert forgotten() is None
    assert len(timers) < 10
    timers.advance(1098.0)
    assert kept.expired == []
    timers.advance(1099.0)
    assert kept.expired == [1099.0]


def test_clearing_keeps_the_order() -> None:
    timers, owners = Timers(lambda: 0.0), [Owner() for _ in range(3000)]
    for n, owner in enumerate(owners):
        timers.arm(owner, 1.0 + n % 7)
        timers.arm(owner, 20.0 - n % 7)
    timers.advance(14.0)
    assert [n for n, owner in enumerate(owners) if owner.expired] == [n for n in range(3000) if n % 7 == 6]
    timers.advance(20.0)
    assert all(len(owner.expired) == 1 for owner in owners)


class Faulty(Timed):
    """An owner of a deadline whose expiry raises."""

    def __init__(self) -> None:
        self.deadline = NEVER

    def expire(self, now: float) -> None:
        raise ValueError


def test_an_owner_that_raises_keeps_no_other_from_expiring() -> None:
    timers, owner, faulty = Timers(lambda: 0.0), Owner(), Faulty()
    timers.arm(faulty, 1.0)
    timers.arm(owner, 2.0)
    failures = timers.advance(3.0)
    assert owner.expired == [3.0]
    assert [type(failure) for failure in failures] == [ValueError]
