"""The estimate of a month's bill: its items add up, and relayed sound is what grows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sipctl.cost import prices
from tests.sipctl.terminal import Terminal

DOCUMENT = Path(__file__).parents[2] / "docs" / "costs.md"


def bill(*options: str) -> dict[str, Any]:
    found: dict[str, Any] = Terminal().json("cost", *options)
    return found


def item(found: dict[str, Any], name: str) -> float:
    (usd,) = [item["usd"] for item in found["items"] if item["item"] == name]
    return float(usd)


def test_it_needs_neither_account_nor_api_and_its_items_add_up() -> None:
    found = bill()
    assert found["usd"] == pytest.approx(sum(item["usd"] for item in found["items"]), abs=0.2)
    assert (found["region"], found["date"]) == (prices.REGION, prices.DATE)
    assert all(item["source"].startswith("https://aws.amazon.com/") for item in found["items"])
    assert "total" in Terminal().text("cost").splitlines()[-3]


def test_relayed_sound_follows_calls_minutes_and_share() -> None:
    one_in_ten, all_of_them = bill("--relayed", "10"), bill("--relayed", "100")
    assert item(one_in_ten, "relayed sound") == pytest.approx(24, abs=1)
    assert item(all_of_them, "relayed sound") == pytest.approx(236, abs=1)
    twice = bill("--relayed", "100", "--calls", "2000")
    assert item(twice, "relayed sound") == pytest.approx(2 * item(all_of_them, "relayed sound"), abs=0.1)
    assert item(bill("--relayed", "0"), "relayed sound") == 0


@pytest.mark.parametrize(
    ("options", "edges"),
    [
        (("--phones", "0", "--calls", "0"), 2),
        (("--phones", "20001"), 3),
        (("--calls", "8400", "--relayed", "100"), 3),  # 420 calls at a time
        (("--phones", "50000", "--edges", "2"), 2),
    ],
)
def test_edges_follow_phones_and_relayed_calls(options: tuple[str, ...], edges: int) -> None:
    assert bill(*options)["edges"] == edges


def test_phones_refreshes_and_pushes_cost_writes() -> None:
    often = bill("--refresh", "200")
    assert item(often, "registrations") == pytest.approx(4 * item(bill(), "registrations"), rel=0.01)
    pushed = bill("--pushes", "10000")
    assert item(pushed, "phones woken by push") == pytest.approx(5.55, abs=0.01)
    assert item(pushed, "records of wake-ups") == pytest.approx(5.55, abs=0.01)
    assert item(pushed, "metrics") > item(often, "metrics")
    assert item(pushed, "pushes") > 0


def test_phones_that_pushes_refresh_cost_a_write_and_two_reads_each_time() -> None:
    none, some = bill("--refresh", "3600"), bill("--refresh", "3600", "--pushed-phones", "10000")
    assert item(some, "refreshes planned") == item(some, "registrations")
    assert item(some, "refreshes read") == pytest.approx(item(none, "refreshes read") + 2.19, abs=0.01)
    assert item(none, "refreshes planned") == 0
    assert item(some, "pushes") == pytest.approx(2.63, abs=0.01)


def test_free_traffic_is_never_more_than_there_is() -> None:
    idle = bill("--phones", "1000", "--calls", "0")
    assert item(idle, "free traffic of the account") == -item(idle, "keepalives on UDP")


def test_wrong_numbers_are_wrong_usage() -> None:
    for options in (("--relayed", "101"), ("--refresh", "0"), ("--zones", "4"), ("--edges", "0")):
        assert Terminal().run("cost", *options).status == 2


def test_the_document_has_what_the_command_prints() -> None:
    text = DOCUMENT.read_text()
    printed = Terminal().text("cost").splitlines()
    assert [line for line in printed if f"    {line}" not in text and line] == []
    shares = re.findall(r"^\| (\d+) % \| \$(\d+) \| \$(\d+) \|$", text, re.MULTILINE)
    assert shares
    for share, sound, total in shares:
        found = bill("--relayed", share)
        assert (round(item(found, "relayed sound")), round(found["usd"])) == (int(sound), int(total))
