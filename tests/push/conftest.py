"""Credentials, an authority, and a clock for the tests of pushes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sip_edge.push.app import App
from tests.push.authority import Authority

NOW = 1_800_000_000.0


class Clock:
    """The time of senders and stand-ins, which tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def apple_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def google_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def apple_app(apple_key: ec.EllipticCurvePrivateKey) -> App:
    return App("app-1", "apns", "com.example.app", "", "ABCDE12345", "KEY1234567", apple_key)


@pytest.fixture
def google_app(google_key: rsa.RSAPrivateKey) -> App:
    return App("app-2", "fcm", "my-app", "929724111839", "push@my-app.example", "key-1", google_key)


@pytest.fixture(autouse=True)
def patient_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries wait for nothing but what providers say, and a machine that is busy costs none."""
    monkeypatch.setattr("sip_edge.push.retries._BACKOFF_S", 0.001)
    monkeypatch.setattr("sip_edge.push.retries._TRY_S", 60.0)
    monkeypatch.setattr("sip_edge.push.retries._DEADLINE_S", 90.0)
