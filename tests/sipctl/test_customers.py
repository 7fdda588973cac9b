"""The signed calls of the operator."""

from __future__ import annotations

import requests

from tests.calls.office import PASSWORD, Office
from tests.service import Service
from tests.sipctl.terminal import Terminal

IAM = ("--profile", "ops")


def test_a_customer_and_its_keys_from_beginning_to_end(operator: Terminal, service: Service) -> None:
    customer = operator.json(*IAM, "customers", "create", "Example Ltd")["id"]
    assert "Example Ltd" in operator.text(*IAM, "customers", "show", customer)
    assert customer in [listed["id"] for listed in operator.json(*IAM, "customers", "list")]

    keys = (*IAM, "--customer", customer, "keys")
    key = operator.json(*keys, "create", "first", "--expires-in", "3600")
    authorization = {"Authorization": f"Bearer {key['token']}"}
    assert requests.get(f"{service.api_url}/extensions", headers=authorization, timeout=30).ok
    assert "first" in operator.text(*keys, "list")
    assert operator.json(*keys, "delete", key["id"], "--yes")["id"] == key["id"]
    assert operator.json(*keys, "list") == []

    assert customer in operator.text(*IAM, "customers", "delete", customer, "--yes")


def test_an_operator_acts_for_a_customer_and_leaves_no_key(operator: Terminal, office: Office) -> None:
    acting = (*IAM, "--customer", office.customer_id)
    before = operator.json(*acting, "keys", "list")
    made = operator.json(*acting, "extensions", "create", "office1", stdin=f"{PASSWORD}\n")
    assert made["customer_id"] == office.customer_id
    assert operator.run(*acting, "extensions", "show", "office2").status == 1
    assert operator.json(*acting, "keys", "list") == before


def test_the_log_level_is_set_and_reset(operator: Terminal) -> None:
    level = (*IAM, "log-level")
    told = operator.json(*level, "set", "debug", "--minutes", "1")
    assert told["log_level"] == "DEBUG"
    assert told["tm_until"] in operator.text(*level, "show")
    assert operator.json(*level, "reset") == {"log_level": "", "tm_until": ""}


def test_a_customer_manages_its_own_keys(terminal: Terminal) -> None:
    key = terminal.json("keys", "create", "second")
    assert key["token"]
    assert key["id"] in terminal.text("keys", "list")
    assert "second" in terminal.text("keys", "delete", key["id"], "--yes")


def test_without_anything_said_it_is_the_service_that_make_run_started(service: Service) -> None:
    here = Terminal(STATE_DIR=str(service.state))
    assert isinstance(here.json("extensions", "list"), list)
    assert service.customer_id in here.text("customers", "list")
    assert service.token not in here.printed
