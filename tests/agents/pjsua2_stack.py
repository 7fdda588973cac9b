"""Configures pjsua2 for the agent: transport, account and tone, each from the settings of a phone."""

from __future__ import annotations

import importlib
import uuid
from typing import Any

from .settings import SAMPLE_RATE, Feature, PhoneSettings

# The binding is generated code without types.
pj: Any = importlib.import_module("pjsua2.pjsua2")

CODEC = "PCMU/8000/1"
"""The only one offered. Where several were agreed, the stack sends an UPDATE right after the answer to settle on one,
and that collides with whatever the test does then (491)."""

TRANSPORTS = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP, "tls": pj.PJSIP_TRANSPORT_TLS}


def start_endpoint(settings: PhoneSettings) -> Any:
    """The stack, started on loopback with no sound card and only what a plain call needs."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.userAgent = "pjsua2"
    config.logConfig.level = 4
    config.logConfig.consoleLevel = 4
    config.logConfig.msgLogging = 1
    config.medConfig.clockRate = SAMPLE_RATE
    config.medConfig.sndClockRate = SAMPLE_RATE
    config.medConfig.noVad = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = settings.local_host
    transport.port = 0
    endpoint.transportCreate(TRANSPORTS[settings.transport], transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 128 if codec.codecId == CODEC else 0)
    return endpoint


def make_account_config(settings: PhoneSettings) -> Any:
    """The account: everything goes to the proxy, and a refused registration is not tried again behind our back."""
    config = pj.AccountConfig()
    config.idUri = f"<sip:{settings.username}@{settings.domain}>"
    config.regConfig.registrarUri = f"sip:{settings.domain}"
    config.regConfig.registerOnAdd = False
    config.regConfig.retryIntervalSec = 0
    config.regConfig.firstRetryIntervalSec = 0
    way = "" if settings.transport == "udp" else f";transport={settings.transport}"
    config.sipConfig.proxies.append(f"sip:{settings.proxy_host}:{settings.proxy_port};lr{way}")
    if settings.password is not None:
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", settings.username, 0, settings.password))
    config.mediaConfig.transportConfig.boundAddress = settings.local_host
    # Left alone, the stack makes the id from the host's name, and all phones on one machine would be one device.
    config.natConfig.sipOutboundInstanceId = f"<urn:uuid:{settings.instance_id or uuid.uuid4()}>"
    if settings.contact_parameters:
        config.sipConfig.contactUriParams = f";{settings.contact_parameters}"
    for feature in settings.features:
        use_feature(config, feature)
    return config


def use_feature(config: Any, feature: Feature) -> None:
    """Make an account use one of its features. Raises ValueError for one that the stack lacks."""
    match feature:
        case "100rel":
            config.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY
        case "no-rtp":
            config.mediaConfig.useLoopMedTp = True
        case "outbound":
            config.natConfig.sipOutboundUse = True
        case "sdes" | "sdes-offered":
            optional = feature == "sdes-offered"
            config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_OPTIONAL if optional else pj.PJMEDIA_SRTP_MANDATORY
            config.mediaConfig.srtpSecureSignaling = 0  # Keys pass over UDP, too: no test has anything to hide.
        case "timer":
            config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_REQUIRED
        case _:
            raise ValueError(f"pjsua2 lacks {feature}")


def make_tone_generator(frequency: int) -> Any:
    """A tone without end, in Hz."""
    tone = pj.ToneDesc()
    tone.freq1 = frequency
    tone.on_msec = 1000
    tone.off_msec = 0
    tones = pj.ToneDescVector()
    tones.append(tone)
    generator = pj.ToneGenerator()
    generator.createToneGenerator(SAMPLE_RATE, 1)
    generator.play(tones, True)
    return generator
