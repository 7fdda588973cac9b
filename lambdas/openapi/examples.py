"""One example of everything that goes in and comes out."""

from __future__ import annotations

from typing import Any, Final, get_args

from directory.schema.reasons import EXPLANATIONS, Reason
from directory.schema.wake_up_advice import REASONS
from lambdas.http.pages import Page
from lambdas.model.access_key import AccessKeyAnswer, NewAccessKey, TokenAnswer
from lambdas.model.attempt import AttemptAnswer, UnassignedAttemptAnswer
from lambdas.model.customer import CustomerAnswer, NewCustomer
from lambdas.model.extension import (
    ExtensionAnswer,
    ExtensionChanges,
    NewExtension,
    RegisteredDeviceAnswer,
    RegistrationAnswer,
)
from lambdas.model.push_app import NewPushApp, PushAppAnswer, PushAppListAnswer, PushAppTest
from lambdas.model.registration import ExtensionRegistrationAnswer
from lambdas.model.switches import SwitchesAnswer, SwitchesChange
from lambdas.model.trace import TraceAnswer, TraceChange, TracedMessageAnswer
from lambdas.model.wake_up import WakeUpAnswer, WakeUpTest, WakeUpTestAnswer
from lambdas.model.webhook import (
    NewWebhook,
    NewWebhookAnswer,
    WebhookAnswer,
    WebhookChanges,
    WebhookListAnswer,
    WebhookTest,
    WebhookTestAnswer,
)

_CUSTOMER_ID: Final = "abc123-def456"
_ACCESS_KEY: Final[AccessKeyAnswer] = {
    "id": "7b0c2d7e-4a0f-4c51-9d5e-0a3a52b0f0e1",
    "customer_id": _CUSTOMER_ID,
    "name": "provisioning",
    "tm_create": "2024-01-15T10:30:00Z",
    "tm_expire": "",
}
_WEBHOOK: Final[WebhookAnswer] = {
    "id": "c1f3a1f0-6f0b-4a44-a0cc-7f2f6f9f1b10",
    "customer_id": _CUSTOMER_ID,
    "url": "https://example.com/events",
    "types": ["registration.refused"],
    "disabled": False,
    "disabled_reason": "",
    "failing_since": "",
    "tm_create": "2024-01-15T10:30:00Z",
}
_PUSH_APP: Final[PushAppAnswer] = {
    "id": "e3c4f6de-55a4-4a56-8c1b-1f5a6b0f6a77",
    "customer_id": _CUSTOMER_ID,
    "service": "apns",
    "app": "com.example.app",
    "project_number": "",
    "issuer": "ABCDE12345",
    "key_id": "KEY1234567",
    "test": {"status": "accepted", "reason": "", "time": "2024-01-15T10:35:00Z"},
    "tm_create": "2024-01-15T10:30:00Z",
}

_DEVICE: Final[RegisteredDeviceAnswer] = {
    "id": "5f3c9a0e1b7d2468",
    "contact": "sip:office1@192.168.1.100:5060",
    "source": "203.0.113.7:40312",
    "transport": "UDP",
    "user_agent": "A phone 1.0",
    "password": "current",
    "registered": "2024-01-15T10:31:00Z",
    "expires": "2024-01-15T11:31:00Z",
    "reachability": "reachable",
}
_REGISTRATION: Final[RegistrationAnswer] = {"status": "registered", "devices": [_DEVICE]}

_EXAMPLES: Final[dict[Any, Any]] = {
    NewExtension: {
        "name": "office-phone-1",
        "detail": "Main office IP phone",
        "username": "office1",
        "password": "secure-password-123",
    },
    ExtensionChanges: {"name": "reception", "direct": True},
    ExtensionAnswer: {
        "id": "0f8f0f0a-52c5-4a4e-8f0a-3d7c1ad3a9b4",
        "customer_id": _CUSTOMER_ID,
        "name": "office-phone-1",
        "detail": "Main office IP phone",
        "username": "office1",
        "extension": "office1",
        "domain_name": f"{_CUSTOMER_ID}.registrar.voip.example",
        "enabled": True,
        "tm_password_overlap": "",
        "max_devices": 1,
        "direct_hash": "a1b2c3d4e5f6",
        "registration": _REGISTRATION,
        "tm_create": "2024-01-15T10:30:00Z",
        "tm_update": "2024-01-15T10:30:00Z",
    },
    RegisteredDeviceAnswer: _DEVICE,
    RegistrationAnswer: _REGISTRATION,
    ExtensionRegistrationAnswer: {
        "extension_id": "0f8f0f0a-52c5-4a4e-8f0a-3d7c1ad3a9b4",
        "username": "office1",
        **_REGISTRATION,
    },
    AttemptAnswer: {
        "username": "office1",
        "outcome": "refused",
        "reason": "wrong_password",
        "advice": EXPLANATIONS[Reason.WRONG_PASSWORD].advice,
        "source": "203.0.113.7:40312",
        "transport": "UDP",
        "user_agent": "A phone 1.0",
        "call_id": "3848276298220188511@192.168.1.100",
        "count": 12,
        "tm_first": "2024-01-15T10:30:00Z",
        "tm_last": "2024-01-15T10:31:04Z",
    },
    UnassignedAttemptAnswer: {
        "username": "office1",
        "domain": "registrar.voip.example",
        "outcome": "refused",
        "reason": "wrong_domain",
        "advice": EXPLANATIONS[Reason.WRONG_DOMAIN].advice,
        "source": "203.0.113.7:40312",
        "transport": "UDP",
        "user_agent": "An adapter 1.0",
        "call_id": "3848276298220188511@192.168.1.100",
        "count": 3,
        "tm_first": "2024-01-15T10:30:00Z",
        "tm_last": "2024-01-15T10:31:04Z",
    },
    WakeUpAnswer: {
        "at": "2024-01-15T10:30:00.123Z",
        "cause": "call",
        "service": "apns",
        "app": "com.example.app",
        "push": "refused",
        "reason": "BadDeviceToken",
        "end": "registered",
        "woke_after_ms": 4210,
        "call_id": "3848276298220188511@192.168.1.100",
        "count": 1,
        "advice": REASONS["BadDeviceToken"],
    },
    WakeUpTest: {},
    WakeUpTestAnswer: {"devices": 1, "tm_end": "2024-01-15T10:30:40Z"},
    TraceChange: {"for_seconds": 300},
    TraceAnswer: {"tm_until": "2024-01-15T10:35:00Z"},
    TracedMessageAnswer: {
        "time": "2024-01-15T10:31:00.123Z",
        "direction": "sent",
        "source": "203.0.113.7:40312",
        "transport": "UDP",
        "text": "SIP/2.0 200 OK\r\n...",
    },
    NewAccessKey: {"name": "provisioning"},
    AccessKeyAnswer: _ACCESS_KEY,
    TokenAnswer: {**_ACCESS_KEY, "token": "the-token"},
    NewCustomer: {"name": "Example Ltd"},
    CustomerAnswer: {"id": _CUSTOMER_ID, "name": "Example Ltd", "tm_create": "2024-01-15T10:30:00Z"},
    SwitchesChange: {"log_level": "DEBUG", "for_seconds": 600},
    SwitchesAnswer: {"log_level": "DEBUG", "tm_until": "2024-01-15T10:40:00Z"},
    NewWebhook: {"url": "https://example.com/events", "types": ["registration.refused"]},
    WebhookAnswer: _WEBHOOK,
    WebhookChanges: {"disabled": False},
    NewWebhookAnswer: {**_WEBHOOK, "secret": "whsec_the-secret"},
    WebhookListAnswer: {"result": [_WEBHOOK]},
    WebhookTest: {},
    WebhookTestAnswer: {"delivered": False, "detail": "The answer was 500."},
    NewPushApp: {
        "apns": {
            "bundle_id": "com.example.app",
            "team_id": "ABCDE12345",
            "key_id": "KEY1234567",
            "private_key": f"-----BEGIN PRIVATE KEY-----\n{'MIGH' * 46}\n-----END PRIVATE KEY-----\n",
        }
    },
    PushAppAnswer: _PUSH_APP,
    PushAppListAnswer: {"result": [_PUSH_APP]},
    PushAppTest: {},
    dict[str, Any]: {"openapi": "3.1.0"},
}


def example(kind: Any) -> Any:
    """The example of a model or of an answer's type."""
    if getattr(kind, "__origin__", None) is Page:
        return {"result": [example(*get_args(kind))], "next_page_token": ""}
    return _EXAMPLES[kind]
