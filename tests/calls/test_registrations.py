"""Real phones register, and REST shows it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from tests.agents.phone import RegistrationRefused
from tests.agents.settings import Kind, Transport
from tests.calls.office import Office

BOTH = pytest.mark.parametrize("kind", ["pjsua2", "baresip"])
OVER_BOTH = pytest.mark.parametrize("transport", ["udp", "tcp"])


@BOTH
@OVER_BOTH
def test_register_refresh_unregister(office: Office, kind: Kind, transport: Transport) -> None:
    extension = office.extension()
    assert office.devices(extension) == []
    phone = office.phone(kind, extension, transport)
    phone.register(expires=300)
    (device,) = office.devices(extension)
    assert device["contact"].startswith(f"sip:{extension['username']}")
    assert device["source"].startswith("127.0.0.1:")
    assert device["transport"] == transport.upper()
    assert ("baresip" if kind == "baresip" else "pjsua") in device["user_agent"].lower()
    registered, expires = (datetime.strptime(device[k], "%Y-%m-%dT%H:%M:%S%z") for k in ("registered", "expires"))
    assert abs((datetime.now(UTC) - registered).total_seconds()) < 60
    # The granted end is never before what was asked for, so it is the next whole second.
    assert 240 < (expires - datetime.now(UTC)).total_seconds() <= 301

    time.sleep(1.1)  # so that the new expiry shows in whole seconds
    phone.refresh()
    (refreshed,) = office.devices(extension)
    assert refreshed["expires"] > device["expires"]
    if kind == "pjsua2":  # baresip takes its registration back before it makes it anew
        assert refreshed["registered"] == device["registered"]

    phone.unregister()
    assert office.devices(extension) == []


@BOTH
def test_a_wrong_password_is_refused(office: Office, kind: Kind) -> None:
    extension = office.extension()
    phone = office.phone(kind, extension, password="not the password")
    with pytest.raises(RegistrationRefused) as refused:
        phone.register()
    assert refused.value.status == 407
    assert office.devices(extension) == []
    attempt = office.first_attempt(extension)
    assert (attempt["reason"], attempt["outcome"]) == ("wrong_password", "refused")
    assert attempt["source"].startswith("127.0.0.1:")
    assert "password" in attempt["advice"]


@BOTH
def test_a_changed_password_holds_at_the_next_register(office: Office, kind: Kind) -> None:
    extension = office.extension()
    phone = office.phone(kind, extension)
    phone.register()
    office.rest("PUT", f"/{extension['id']}", password="quite another password")
    with pytest.raises(RegistrationRefused):
        phone.refresh()
    phone.kill()
    office.phone(kind, extension, password="quite another password").register()


@BOTH
def test_a_password_is_changed_while_the_phone_goes_on(office: Office, kind: Kind) -> None:
    extension = office.extension()
    phone = office.phone(kind, extension)
    phone.register()
    office.rest("PUT", f"/{extension['id']}", password="quite another password", password_overlap_seconds=600)
    phone.refresh()
    assert [device["password"] for device in office.devices(extension)] == ["previous"]
    phone.unregister()
    office.phone(kind, extension, password="quite another password").register()
    assert [device["password"] for device in office.devices(extension)] == ["current"]


@BOTH
def test_a_disabled_extension_is_off_at_once(office: Office, kind: Kind) -> None:
    extension = office.extension()
    phone = office.phone(kind, extension)
    phone.register()
    caller = office.outside_caller(kind)
    office.rest("PUT", f"/{extension['id']}", enabled=False)
    assert office.devices(extension) == []
    assert caller.call(phone.uri).wait_ended()[0] == 480
    with pytest.raises(RegistrationRefused):
        phone.refresh()
    assert office.first_attempt(extension)["reason"] == "extension_disabled"


@BOTH
def test_a_deleted_extension_is_gone_at_once(office: Office, kind: Kind) -> None:
    extension = office.extension()
    phone = office.phone(kind, extension)
    phone.register()
    caller = office.outside_caller(kind)
    office.rest("DELETE", f"/{extension['id']}")
    assert caller.call(phone.uri).wait_ended()[0] == 404
    with pytest.raises(RegistrationRefused):
        phone.refresh()


@pytest.mark.parametrize(("first", "second"), [("pjsua2", "baresip"), ("baresip", "pjsua2")])
def test_a_second_device_is_refused_while_the_first_answers(office: Office, first: Kind, second: Kind) -> None:
    extension = office.extension()
    one, other = office.phone(first, extension), office.phone(second, extension)
    one.register()
    with pytest.raises(RegistrationRefused) as refused:
        other.register()
    assert refused.value.status == 403
    if second == "pjsua2":  # baresip logs no responses
        other.wait_logged("Only one device per extension")
    assert len(office.devices(extension)) == 1
    assert office.devices(extension)[0]["user_agent"].lower().startswith(first[:5])


@OVER_BOTH
def test_a_second_device_is_accepted_when_the_first_is_dead(office: Office, transport: Transport) -> None:
    extension = office.extension()
    one, other = office.phone("pjsua2", extension, transport), office.phone("baresip", extension, transport)
    one.register()
    one.kill()
    other.register()
    (device,) = office.devices(extension)
    assert "baresip" in device["user_agent"].lower()


def test_two_devices_where_two_are_allowed(office: Office) -> None:
    extension = office.extension(max_devices=2)
    phones = [office.phone("pjsua2", extension), office.phone("baresip", extension, "tcp")]
    for phone in phones:
        phone.register()
    assert len(office.devices(extension)) == 2
