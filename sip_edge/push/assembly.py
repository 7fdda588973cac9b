"""Connects the pushes of an edge to the directory and to the providers."""

from __future__ import annotations

import asyncio
import ssl
import time

from botocore.httpsession import get_cert_path

from directory.edge.push_credentials import PushCredentials
from directory.push_keys import open_key
from sip_edge.journal import Journal
from sip_edge.push.apns import Address, Apns
from sip_edge.push.apps import Apps
from sip_edge.push.fcm import Fcm
from sip_edge.push.notifications import PushNotifications
from sip_edge.push.parameters import APNS, FCM
from sip_edge.settings import Settings


def assemble_pushes(
    settings: Settings, credentials: PushCredentials, journal: Journal, loop: asyncio.AbstractEventLoop
) -> PushNotifications:
    """The pushes of an edge of these settings. Credentials are read and decrypted in other threads."""
    apps = Apps(
        lambda customer_id: loop.run_in_executor(None, credentials.read, customer_id),
        lambda app: loop.run_in_executor(None, open_key, app),
        time.time,
    )
    apns = Apns(
        loop, _address(settings.apns_server), _address(settings.apns_sandbox_server), _context(settings), time.time
    )
    fcm = Fcm(settings.fcm_url, settings.google_token_url, _context(settings), time.time)
    return PushNotifications(loop, apps, {APNS: apns, FCM: fcm}, journal, time.time)


def _context(settings: Settings) -> ssl.SSLContext:
    """The authorities that sign for the providers. The image has those of botocore, and no others."""
    return ssl.create_default_context(cafile=str(settings.push_ca_file or get_cert_path(True)))


def _address(server: str) -> Address:
    host, _, port = server.partition(":")
    return Address(host, int(port))
