"""A customer, as the API takes and gives it."""

from __future__ import annotations

from typing_extensions import TypedDict

from directory.schema.model import Customer
from lambdas.model import Model, Name


class NewCustomer(Model):
    """The body that creates a customer."""

    name: Name


class CustomerAnswer(TypedDict):
    """A customer. The time is `2024-01-15T10:30:00Z`."""

    id: str
    name: str
    tm_create: str


def customer_answer(customer: Customer) -> CustomerAnswer:
    """The answer that shows a customer."""
    return {"id": customer.customer_id, "name": customer.name, "tm_create": customer.tm_create}
