"""How the parts of an edge are connected."""

from __future__ import annotations

from collections.abc import Callable

from sip_edge.auth.digest import Challenger
from sip_edge.auth.nonce import Nonces
from sip_edge.calls.ledger import CallStore, Ledger
from sip_edge.crypto.key_ring import NONCE_LIFETIME_S, KeyRing
from sip_edge.edge import Edge
from sip_edge.fleet.channel import Transmit
from sip_edge.fleet.envelope import name_of
from sip_edge.fleet.fleet import Fleet
from sip_edge.fleet.fleet_time import FleetTime
from sip_edge.fleet.member import Member, MemberParts
from sip_edge.guard.guard import Guard
from sip_edge.journal import Journal
from sip_edge.location.address_cache import AddressCache
from sip_edge.location.domains import Domains
from sip_edge.location.gruu import Gruus
from sip_edge.location.location_store import LocationStore
from sip_edge.media.anchors import Anchors
from sip_edge.media.pool import Pool
from sip_edge.media.session_end import SessionEnd
from sip_edge.media.watch import Watch
from sip_edge.proxy.dialog.dialogs import Dialogs
from sip_edge.proxy.dialog.record_route import RecordRoute
from sip_edge.proxy.dialog.route_token import RouteTokens
from sip_edge.proxy.dialog_requests import DialogRequests
from sip_edge.proxy.edge_answers import EdgeAnswers
from sip_edge.proxy.forwarding import Forwarding
from sip_edge.proxy.initial_requests import InitialRequests
from sip_edge.proxy.location_lookup import LocationLookup
from sip_edge.proxy.next_hop import NextHops, ResolvedHops
from sip_edge.proxy.proxy import Proxy
from sip_edge.proxy.response_contexts import ResponseContexts
from sip_edge.proxy.validation.caller_authentication import CallerAuthentication
from sip_edge.proxy.validation.loops import Loops
from sip_edge.registrar.address_updates import AddressUpdates
from sip_edge.registrar.challenge import Challenge
from sip_edge.registrar.diagnosis.attempts import Attempts, AttemptStore
from sip_edge.registrar.diagnosis.register_log import RegisterLog
from sip_edge.registrar.reachability.bound_flows import BoundFlows
from sip_edge.registrar.reachability.closed_connections import ClosedConnections
from sip_edge.registrar.reachability.expiry import Expiry
from sip_edge.registrar.reachability.handover_ping import HandoverPing
from sip_edge.registrar.reachability.keepalives import Keepalives
from sip_edge.registrar.reachability.options_ping import OptionsPing
from sip_edge.registrar.register_authentication import RegisterAuthentication
from sip_edge.registrar.register_domain import RegisterDomain
from sip_edge.registrar.register_responses import RegisterResponses
from sip_edge.registrar.registrar import Registrar
from sip_edge.registrar.registration import Registrations
from sip_edge.registrar.removal import Removals
from sip_edge.settings import Settings
from sip_edge.trace.traces import Traces
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.timers import Timers
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow, Flows


def domains_of(settings: Settings) -> Domains:
    """The names that an edge of these settings takes for its own."""
    return Domains(settings.base_domain, *[advertised for _, advertised in settings.addresses], ports=settings.ports)


def assemble(
    settings: Settings,
    keys: KeyRing,
    store: LocationStore,
    attempts: AttemptStore,
    calls: CallStore | None,
    fleet: Fleet,
    outside: ResolvedHops,
    pool: Pool,
    timers: Timers,
    traces: Traces,
    journal: Journal,
    clock: Callable[[], float],
) -> Edge:
    """An edge without sockets. Nobody is told of its calls when there is no store of `calls`.

    `clock` gives seconds since the epoch, and so do those who move `timers`.
    """
    tokens = Tokens()
    transactions = Transactions(timers, tokens, lambda: fleet.mark)
    domains = domains_of(settings)
    nonces = Nonces(keys.nonces, NONCE_LIFETIME_S, fleet.time or FleetTime(journal))
    challenger = Challenger(settings.realm, nonces)
    route_tokens = RouteTokens(keys.routes)
    ending = SessionEnd(pool, journal)
    gruus = Gruus(keys.gruus)
    keepalives = Keepalives(timers, clock())
    cache = AddressCache()
    updates = AddressUpdates(store, cache, clock)
    removals = Removals(updates, journal)
    closed_connections = ClosedConnections(removals)
    guard = Guard(cache, transactions, journal, settings.max_calls_per_second, settings.max_transactions)
    challenge = Challenge(challenger, tokens, plain=settings.register_challenge == 401)
    register_log = RegisterLog(journal, Attempts(attempts, timers, journal, clock()), guard)
    expiry = Expiry(removals, keepalives, closed_connections, timers, clock())
    bound_flows = BoundFlows(keepalives, closed_connections, expiry, guard)
    registrar = Registrar(
        fleet.name,
        RegisterDomain(domains, guard, register_log),
        RegisterAuthentication(settings.realm, nonces, challenge, guard, cache, register_log),
        Registrations(
            transactions,
            updates,
            OptionsPing(transactions, tokens, fleet, domains.registrar),
            nonces,
            RegisterResponses(tokens, gruus, challenge, register_log, bound_flows, clock),
            register_log,
        ),
        bound_flows,
        register_log,
    )
    forwarding = Forwarding(
        transactions,
        RecordRoute(route_tokens, domains, fleet.name, clock),
        Anchors(
            pool,
            Watch(pool, ending, timers, journal, clock, settings.media_timeout_seconds),
            ending,
            settings.media_anchoring,
            tokens,
            clock,
        ),
        clock,
        settings.realm,
        settings.no_answer_seconds,
    )
    loops = Loops(keys.loops)
    contexts = ResponseContexts(forwarding, loops, Ledger(calls, domains, journal, clock), tokens, journal)
    callers = CallerAuthentication(store, nonces, challenger, domains, guard, settings.realm)
    location = LocationLookup(store, domains, gruus, fleet, clock)
    proxy = Proxy(
        domains,
        guard,
        loops,
        EdgeAnswers(transactions, tokens, domains, callers),
        InitialRequests(callers, location, contexts, domains, guard, clock),
        DialogRequests(
            Dialogs(route_tokens, fleet, clock),
            callers,
            NextHops(outside, location, domains),
            contexts,
            forwarding,
            journal,
        ),
    )
    handover_ping = HandoverPing(keys.handovers, keepalives, transactions, tokens, domains.registrar)
    return Edge(transactions, registrar, proxy, fleet, handover_ping, guard, tokens, traces, journal)


def enrol(
    settings: Settings,
    keys: KeyRing,
    address: str,
    flows: Flows,
    keeps: Callable[[str, float], bool],
    receive: Callable[[bytes, Flow], None],
    lost: Callable[[Flow], None],
    transmit: Transmit,
    timers: Timers,
    journal: Journal,
    clock: Callable[[], float],
) -> Member:
    """An edge's membership in a fleet; `address` is the channel's `host:port`. See `MemberParts` for the rest."""
    return Member(
        MemberParts(
            name=name_of(address, clock()),
            keys=keys,
            flows=flows,
            keeps=keeps,
            reached_at=settings.reached_at,
            receive=receive,
            lost=lost,
            transmit=transmit,
            timers=timers,
            journal=journal,
            clock=clock,
        )
    )
