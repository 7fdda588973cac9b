"""The operator's page in a real browser, beside a real phone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.agents.phone import RegistrationRefused
from tests.calls.office import PASSWORD, Office
from tests.page.browser import Browser
from tests.push.sleeping_device import add_sleeping_device

STATUS = "document.querySelector('main .status')?.innerText"
DIRECT = "document.querySelector('[data-part=direct] code')?.innerText"


def create(browser: Browser, username: str, name: str = "Reception") -> None:
    browser.click("New extension")
    browser.fill("Name", name)
    browser.fill("Username", username)
    browser.fill("Password", PASSWORD)
    browser.click("Create")
    browser.wait_text("Softphone settings")


def test_an_extension_from_its_creation_to_its_end(browser: Browser, office: Office) -> None:
    create(browser, "office1")
    (extension,) = office.rest("GET")["result"]
    assert browser.evaluate(STATUS) == "Not registered"
    settings = browser.evaluate("[...document.querySelectorAll('.settings code')].map((code) => code.innerText)")
    proxy = f"{office.service.sip_host}:{office.sip_port}"
    assert settings[:4] == ["office1", PASSWORD, office.domain, proxy]
    assert browser.evaluate("document.querySelector('[aria-label=\"QR code of these settings\"]').checkVisibility()")

    wrong = office.phone("pjsua2", extension, password="a-wrong-password")
    with pytest.raises(RegistrationRefused):
        wrong.register()
    browser.wait_text("Type the extension's password into the phone again")

    phone = office.phone("pjsua2", extension)
    phone.register()
    browser.wait(f"{STATUS} === 'Registered'")
    browser.click("Registrations")
    browser.wait("document.querySelector('main table')?.innerText.includes('office1')")
    browser.click("Extensions")
    browser.wait_text("1 of 1 registered")
    browser.click("office1")

    browser.click("Enable direct")
    direct = browser.wait(DIRECT)
    call = office.outside_caller("baresip").call(direct)
    incoming = phone.wait_incoming()
    incoming.answer()
    call.wait_established()
    call.hangup()
    assert incoming.wait_ended()[0] == 200

    browser.click("Disable")
    browser.click("Disable")
    browser.wait(f"{STATUS} === 'Disabled'")
    browser.click("Enable")
    browser.wait(f"{STATUS} === 'Not registered'")
    phone.register()
    browser.wait(f"{STATUS} === 'Registered'")
    phone.unregister()
    browser.wait(f"{STATUS} === 'Not registered'")
    phone.register()
    browser.click("Take off")
    browser.wait(f"{STATUS} === 'Not registered'")
    browser.click("Delete")
    browser.wait_text("can't be undone")
    browser.click("Delete")
    browser.wait_text("No extensions yet")
    assert office.rest("GET")["result"] == []


def test_changing_an_extension(browser: Browser, office: Office) -> None:
    create(browser, "office1", "<img src=x onerror=alert(1)>")
    browser.wait_text("<img src=x onerror=alert(1)>")  # a name is text, whatever it looks like
    browser.click("Edit")
    browser.fill("Name", "Front desk")
    browser.click("Save")
    browser.wait_text("Front desk")
    browser.click("New password")
    browser.fill("Password", "office1-and-more")
    browser.click("Set password")
    browser.wait_text("The password must not contain the username.")
    browser.fill("Password", "another-long-password")
    browser.press("Enter")
    browser.wait_text("The password is set.")
    (extension,) = office.rest("GET")["result"]
    assert extension["name"] == "Front desk"
    office.phone("pjsua2", extension).register()
    browser.wait_text("Previous")  # which holds for a day

    browser.click("Extensions")
    browser.click("New extension")
    browser.fill("Name", "Another")
    browser.fill("Username", "office1")
    browser.click("Create")
    browser.wait_text("already has an extension of this username")
    browser.press("Escape")
    browser.wait("!document.querySelector('dialog')")
    browser.click("Sign out")
    browser.wait("document.querySelector('main h1').innerText === 'Sign in'")
    assert browser.evaluate("sessionStorage.length") == 0


def test_the_direct_address_is_replaced_and_switched_off(browser: Browser, office: Office) -> None:
    create(browser, "office1")
    browser.click("Enable direct")
    first = browser.wait(DIRECT)
    browser.click("New address")
    browser.click("Make a new one")
    second = browser.wait(f"{DIRECT} !== {json.dumps(first)} && {DIRECT}")
    (extension,) = office.rest("GET")["result"]
    assert second == f"sip:direct.{extension['direct_hash']}@sip.{office.service.base}"
    browser.click("Copy")
    browser.wait_text("The direct address copied.")
    assert browser.clipboard() == second
    browser.click("Switch off")
    browser.wait_text("Switched on again, the address will be another one.")
    browser.click("Switch off")
    browser.wait_text("Off. A direct address lets anyone call")
    (extension,) = office.rest("GET")["result"]
    assert extension["direct_hash"] == ""


def test_settings_are_copied_and_scanned(browser: Browser, office: Office, tmp_path: Path) -> None:
    create(browser, "office1")
    for name, value in (("Username", "office1"), ("Password", PASSWORD), ("Domain", office.domain)):
        browser.click(f"Copy {name.lower()}")
        browser.wait_text(f"{name} copied.")
        assert browser.clipboard() == value
    browser.click("Copy all")
    browser.wait_text("All settings copied.")
    settings = browser.clipboard()
    assert settings.splitlines()[:3] == ["Username: office1", f"Password: {PASSWORD}", f"Domain: {office.domain}"]

    picture = tmp_path / "page.png"
    browser.evaluate("document.querySelector('svg.qr').scrollIntoView()")
    browser.screenshot(picture)
    scanned = subprocess.run(("zbarimg", "--quiet", "--raw", picture), capture_output=True, text=True, check=True)
    assert scanned.stdout == f"{settings}\n"


def test_why_a_phone_did_not_ring(browser: Browser, office: Office) -> None:
    create(browser, "office1")
    browser.wait_text("No call waited for a phone in the last 30 days.")
    browser.click("Test whether it wakes")
    browser.wait_text("No registered device of the extension can be woken by a push")
    (extension,) = office.rest("GET")["result"]
    add_sleeping_device(office.service, f"office1@{extension['customer_id']}", "b2" * 32)
    browser.wait_text("Asleep")
    browser.evaluate("document.getElementById('wake-up-test').focus()")
    browser.press("Enter")
    browser.wait_text("The phone is pushed.")
    browser.wait_text("Test: did not wake")
    browser.wait_text("There is no push app for the app that the phone names")
    assert "b2b2" not in browser.text()
    assert browser.evaluate("document.activeElement.id") == "wake-up-test"
