"""Estimates an environment's monthly cost."""

from __future__ import annotations

from typing import Any

import click

from sipctl.command import Command
from sipctl.cost import prices
from sipctl.cost.items import Load, items
from sipctl.view import aligned


def _text(bill: dict[str, Any]) -> str:
    rows = [
        [item["item"], item["formula"], f"{_number(item['quantity'])} {item['per']}", f"{item['usd']:.2f}"]
        for item in bill["items"]
    ]
    table = aligned([["ITEM", "FORMULA", "QUANTITY", "USD A MONTH"], *rows, ["total", "", "", f"{bill['usd']:.2f}"]])
    return f"{table}\n\n{bill['edges']} edges. List prices of {bill['region']}, {bill['date']}, without tax."


def _number(quantity: float) -> str:
    return f"{quantity:,.2f}".rstrip("0").rstrip(".")


@click.command(cls=Command, view=_text)
@click.option("--phones", type=click.IntRange(min=0), default=10_000, show_default=True)
@click.option("--refresh", "refresh_s", type=click.IntRange(min=60), default=800, show_default=True, metavar="SECONDS")
@click.option("--calls", "calls_per_hour", type=click.IntRange(min=0), default=1000, show_default=True, help="An hour.")
@click.option("--minutes", "call_minutes", type=click.FloatRange(min=0), default=3, show_default=True, help="A call.")
@click.option(
    "--relayed",
    type=click.FloatRange(0, 100),
    default=95,
    show_default=True,
    help="Per cent of the calls. `auto` relays nearly every call of phones on the internet.",
)
@click.option("--pushes", "pushes_per_hour", type=click.IntRange(min=0), default=0, show_default=True, help="An hour.")
@click.option("--pushed-phones", type=click.IntRange(min=0), default=0, show_default=True, help="That pushes refresh.")
@click.option("--api-calls", type=click.IntRange(min=0), default=100_000, show_default=True, help="A month.")
@click.option("--zones", type=click.IntRange(2, 3), default=3, show_default=True)
@click.option("--edges", type=click.IntRange(min=1), help="By default as many as phones and relayed calls need.")
def cost(relayed: float, **load: Any) -> Any:
    """Estimate a month's bill, item by item."""
    expected = Load(relayed=relayed / 100, **load)
    bill = [
        {
            "item": item.name,
            "formula": item.formula,
            "quantity": round(item.quantity, 4),
            "price": item.price.usd,
            "per": item.price.per,
            "source": item.price.page,
            "usd": round(item.usd, 2),
        }
        for item in items(expected)
    ]
    return {
        "region": prices.REGION,
        "date": prices.DATE,
        "edges": expected.running_edges,
        "items": bill,
        "usd": round(sum(item.usd for item in items(expected)), 2),
    }
