"""Reads the environment of the functions, when a function starts. No other module reads it.

The tables come from the variables that `directory.schema.tables` names. `BASE_DOMAIN` is the domain that all SIP
addresses end in. `REALM` is the digest realm that passwords are bound to. A variable that is missing fails the start
with a KeyError that names it. Logger and Metrics read their own variables, `POWERTOOLS_*`.
"""

from __future__ import annotations

import os

from directory.api.access_keys import AccessKeys
from directory.api.attempt_reader import AttemptReader
from directory.api.customers import Customers
from directory.api.delivery_leases import DeliveryLeases
from directory.api.edges_up import EdgesUp
from directory.api.extensions import Extensions
from directory.api.push_apps import PushApps
from directory.api.registrations import Registrations
from directory.api.trace_reader import TraceReader
from directory.api.usage import Usage
from directory.api.wake_up_reader import WakeUpReader
from directory.api.wake_up_tests import WakeUpTests
from directory.api.webhooks import Webhooks
from directory.client import dynamodb
from directory.push_keys import KeySealer
from directory.switches import SwitchBoard
from lambdas.http.idempotency import Idempotency

_client = dynamodb()


def extensions() -> Extensions:
    """The extensions of all customers."""
    return Extensions(_client, os.environ, os.environ["REALM"])


def edges_up() -> EdgesUp:
    """Returns the edges that are up."""
    return EdgesUp(_client, os.environ, base_domain())


def attempts() -> AttemptReader:
    """The attempts to register, of all customers."""
    return AttemptReader(_client, os.environ)


def registrations() -> Registrations:
    """The devices of all extensions."""
    return Registrations(_client, os.environ, extensions())


def access_keys() -> AccessKeys:
    """The access keys of all customers."""
    return AccessKeys(_client, os.environ)


def usage() -> Usage:
    """Returns the counter of each customer's calls."""
    return Usage(_client, os.environ)


def usage_key() -> str:
    """Returns the key by which the gateway's usage plan knows all customers."""
    return os.environ["USAGE_KEY"]


def switch_board() -> SwitchBoard:
    """Returns the switches that operators change at run time."""
    return SwitchBoard(_client, os.environ)


def traces() -> TraceReader:
    """The traced messages of all extensions."""
    return TraceReader(_client, os.environ)


def wake_ups() -> WakeUpReader:
    """The wake-ups of all extensions."""
    return WakeUpReader(_client, os.environ)


def wake_up_tests() -> WakeUpTests:
    """The tests of all extensions' devices."""
    return WakeUpTests(_client, os.environ)


def webhooks() -> Webhooks:
    """The webhooks of all customers."""
    return Webhooks(_client, os.environ)


def delivery_leases() -> DeliveryLeases:
    """The deliveries in flight to all webhooks."""
    return DeliveryLeases(_client, os.environ)


def push_apps() -> PushApps:
    """The push apps of all customers."""
    return PushApps(_client, os.environ)


def key_sealer() -> KeySealer:
    """Returns what encrypts the private keys of push apps."""
    return KeySealer(os.environ["PUSH_KEY"])


def customers() -> Customers:
    """The customers."""
    return Customers(_client, os.environ)


def idempotency() -> Idempotency:
    """Returns the object that carries out each call once."""
    return Idempotency(_client, os.environ)


def base_domain() -> str:
    """The domain that all SIP addresses end in."""
    return os.environ["BASE_DOMAIN"]
