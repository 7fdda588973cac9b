"""Connects the parts of an edge."""

from __future__ import annotations

from dataclasses import dataclass

from sip_edge.auth.digest import Challenger
from sip_edge.auth.nonce import Nonces
from sip_edge.calls.ledger import CallStore, Ledger
from sip_edge.crypto.key_ring import NONCE_LIFETIME_S, KeyRing
from sip_edge.edge import Edge
from sip_edge.fleet.fleet import Fleet
from sip_edge.fleet.fleet_time import FleetTime
from sip_edge.guard.guard import Guard
from sip_edge.guard.hold_limits import HoldLimits
from sip_edge.guard.push_limits import PushLimits
from sip_edge.journal import Journal
from sip_edge.location.address_cache import AddressCache
from sip_edge.location.domains import Domains
from sip_edge.location.gruu import Gruus
from sip_edge.location.location_store import LocationStore
from sip_edge.location.refresh_store import RefreshStore
from sip_edge.media.anchors import Anchors
from sip_edge.media.pool import Pool
from sip_edge.media.session_end import SessionEnd
from sip_edge.media.watch import Watch
from sip_edge.proxy.callee_search import CalleeSearch
from sip_edge.proxy.dialog.dialogs import Dialogs
from sip_edge.proxy.dialog.record_route import RecordRoute
from sip_edge.proxy.dialog.route_token import RouteTokens
from sip_edge.proxy.dialog_requests import DialogRequests
from sip_edge.proxy.edge_answers import EdgeAnswers
from sip_edge.proxy.forwarding import Forwarding
from sip_edge.proxy.initial_requests import InitialRequests
from sip_edge.proxy.proxy import Proxy
from sip_edge.proxy.response_contexts import ResponseContexts
from sip_edge.proxy.targets.held_requests import HeldRequests
from sip_edge.proxy.targets.location_lookup import LocationLookup
from sip_edge.proxy.targets.next_hop import NextHops, ResolvedHops
from sip_edge.proxy.targets.registered_hop import RegisteredHops
from sip_edge.proxy.targets.wake_ups import WakeUps
from sip_edge.proxy.validation.caller_authentication import CallerAuthentication
from sip_edge.proxy.validation.loops import Loops
from sip_edge.push.outcome import Pusher
from sip_edge.push.wake_up import WakeUpLog
from sip_edge.registrar.bindings.address_updates import AddressUpdates
from sip_edge.registrar.bindings.awaited_registrations import AwaitedRegistrations
from sip_edge.registrar.bindings.removal import Removals
from sip_edge.registrar.challenge import Challenge
from sip_edge.registrar.diagnosis.attempts import Attempts, AttemptStore
from sip_edge.registrar.diagnosis.register_log import RegisterLog
from sip_edge.registrar.push_support import PushSupport
from sip_edge.registrar.reachability.bound_flows import BoundFlows
from sip_edge.registrar.reachability.closed_connections import ClosedConnections
from sip_edge.registrar.reachability.device_check import DeviceCheck
from sip_edge.registrar.reachability.due_refreshes import DueRefreshes
from sip_edge.registrar.reachability.expiry import Expiry
from sip_edge.registrar.reachability.handover import Handover
from sip_edge.registrar.reachability.handover_ping import HandoverPing
from sip_edge.registrar.reachability.keepalives import Keepalives
from sip_edge.registrar.reachability.options_ping import OptionsPing
from sip_edge.registrar.reachability.place_pushes import PlacePushes
from sip_edge.registrar.reachability.refresh_plan import RefreshPlan
from sip_edge.registrar.reachability.refresh_pushes import RefreshPushes
from sip_edge.registrar.register_authentication import RegisterAuthentication
from sip_edge.registrar.register_domain import RegisterDomain
from sip_edge.registrar.register_responses import RegisterResponses
from sip_edge.registrar.registrar import Registrar
from sip_edge.registrar.registration import Registrations
from sip_edge.settings import Settings
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.timers import Timers
from sip_edge.transaction.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores that an edge uses. Without `calls`, no events of calls are produced."""

    addresses: LocationStore
    refreshes: RefreshStore
    attempts: AttemptStore
    wake_ups: WakeUpLog
    calls: CallStore | None


@dataclass(frozen=True, slots=True)
class Network:
    """The elements that an edge sends to, apart from phones: peers, next hops outside, media relays, push providers."""

    fleet: Fleet
    next_hops: ResolvedHops
    media: Pool
    pushes: Pusher


def domains_of(settings: Settings) -> Domains:
    """Returns the domains that an edge of these settings is responsible for (RFC 3261 §16.4)."""
    return Domains(settings.base_domain, *[advertised for _, advertised in settings.addresses], ports=settings.ports)


def assemble(
    settings: Settings, keys: KeyRing, stores: Stores, network: Network, timers: Timers, journal: Journal
) -> Edge:
    """Returns an edge without sockets. The clock of `timers` gives seconds since the epoch."""
    clock, fleet, media = timers.clock, network.fleet, network.media
    tokens = Tokens()
    transactions = Transactions(timers, tokens, lambda: fleet.mark)
    domains = domains_of(settings)
    nonces = Nonces(keys.nonces, NONCE_LIFETIME_S, fleet.time or FleetTime(journal))
    challenger = Challenger(settings.realm, nonces)
    route_tokens = RouteTokens(keys.routes)
    ending = SessionEnd(media, journal)
    gruus = Gruus(keys.gruus)
    keepalives = Keepalives(timers, clock())
    cache = AddressCache()
    updates = AddressUpdates(stores.addresses, cache, clock)
    removals = Removals(updates, journal)
    closed_connections = ClosedConnections(removals)
    guard = Guard(cache, transactions, journal, settings.max_calls_per_second, settings.max_transactions)
    challenge = Challenge(challenger, tokens, plain=settings.register_challenge == 401)
    register_log = RegisterLog(journal, Attempts(stores.attempts, timers, journal, clock()), guard)
    expiry = Expiry(removals, keepalives, closed_connections, timers, clock())
    ping = HandoverPing(keys.handovers, keepalives, transactions, tokens, domains.registrar)
    handover = Handover(ping, settings.deregistration_seconds)
    awaited = AwaitedRegistrations(updates, fleet, journal)
    refresh_pushes = RefreshPushes(stores.addresses, network.pushes, removals, stores.wake_ups, timers, journal)
    DueRefreshes(stores.refreshes, refresh_pushes, fleet, timers, journal)
    bound_flows = BoundFlows(keepalives, closed_connections, expiry, handover, guard, awaited)
    registrar = Registrar(
        fleet.name,
        RegisterDomain(domains, guard, register_log),
        RegisterAuthentication(settings.realm, nonces, challenge, guard, cache, register_log),
        Registrations(
            transactions,
            updates,
            DeviceCheck(
                OptionsPing(transactions, tokens, fleet, domains.registrar),
                PlacePushes(network.pushes, removals, awaited, stores.addresses, stores.wake_ups, timers),
            ),
            PushSupport(network.pushes, RefreshPlan(stores.refreshes)),
            nonces,
            RegisterResponses(tokens, gruus, challenge, register_log, bound_flows, clock),
        ),
        bound_flows,
        register_log,
    )
    wake_ups = WakeUps(network.pushes, PushLimits(), removals, stores.wake_ups, clock)
    registered_hops = RegisteredHops(stores.addresses, domains, gruus, fleet, clock)
    forwarding = Forwarding(
        transactions,
        RecordRoute(route_tokens, domains, fleet.name, clock),
        Anchors(
            media,
            Watch(media, ending, timers, journal, clock, settings.media_timeout_seconds),
            ending,
            settings.media_anchoring,
            tokens,
            clock,
        ),
        HeldRequests(awaited, HoldLimits(journal), wake_ups, timers),
        registered_hops,
        clock,
        settings.realm,
        settings.no_answer_seconds,
    )
    loops = Loops(keys.loops)
    contexts = ResponseContexts(forwarding, loops, Ledger(stores.calls, domains, journal, clock), tokens, journal)
    callers = CallerAuthentication(stores.addresses, nonces, challenger, domains, guard, settings.realm)
    location = LocationLookup(stores.addresses, domains, gruus, fleet, registered_hops, clock)
    proxy = Proxy(
        domains,
        guard,
        loops,
        EdgeAnswers(transactions, tokens, domains, callers),
        InitialRequests(callers, CalleeSearch(location, guard, clock), contexts, domains, guard, clock),
        DialogRequests(
            Dialogs(route_tokens, fleet, clock),
            callers,
            NextHops(network.next_hops, registered_hops, domains),
            contexts,
            forwarding,
            journal,
        ),
    )
    return Edge(transactions, registrar, proxy, fleet, guard, journal)
