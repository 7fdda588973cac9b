"""`/customers`: the operator's view of customers and their access keys. The gateway lets in signed requests only."""

from __future__ import annotations

from typing import Final

from aws_lambda_powertools.event_handler import Response

from lambdas import environment
from lambdas.http import pages, request_body, resolver
from lambdas.issue_access_key import issue_access_key
from lambdas.log_level import with_switched_log_level
from lambdas.model.access_key import AccessKeyAnswer, TokenAnswer, access_key_answer
from lambdas.model.customer import CustomerAnswer, NewCustomer, customer_answer
from lambdas.model.identifiers import CUSTOMER_ID, UUID, uuid
from lambdas.model.identifiers import customer_id as checked

_app: Final = resolver.resolver()
_customers: Final = environment.customers()
_access_keys: Final = environment.access_keys()
_idempotency: Final = environment.idempotency()

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.post("/customers")
def create() -> Response[CustomerAnswer]:
    """A new customer under a fresh id."""
    new = request_body.read(_app.current_event, NewCustomer)
    return resolver.answer(*_idempotency(_app, new, lambda: customer_answer(_customers.create(new.name))))


@_app.get("/customers")
def list_page() -> pages.Page[CustomerAnswer]:
    """Customers, in no order that means anything."""
    wanted = pages.wanted(_app.current_event.query_string_parameters, CUSTOMER_ID)
    found, last_id = _customers.page(wanted.size, wanted.after_id)
    return pages.page([customer_answer(customer) for customer in found], last_id)


@_app.get("/customers/<customer_id>")
def get(customer_id: str) -> CustomerAnswer:
    """One customer."""
    return customer_answer(_customers.get(checked(customer_id)))


@_app.delete("/customers/<customer_id>")
def delete(customer_id: str) -> CustomerAnswer:
    """Delete a customer with its access keys, and answer with what it was. 409 while it has extensions."""
    return customer_answer(_customers.delete(checked(customer_id)))


@_app.post("/customers/<customer_id>/accesskeys", cache_control="no-store")
def create_access_key(customer_id: str) -> Response[TokenAnswer]:
    """A new access key of a customer with its token, which is shown this once."""
    return issue_access_key(_app, _idempotency, _access_keys, checked(customer_id))


@_app.get("/customers/<customer_id>/accesskeys")
def list_access_keys(customer_id: str) -> pages.Page[AccessKeyAnswer]:
    """A customer's access keys ordered by id, those that have expired left out."""
    wanted = pages.wanted(_app.current_event.query_string_parameters, UUID)
    customer = _customers.get(checked(customer_id))
    found, last_id = _access_keys.page(customer.customer_id, wanted.size, wanted.after_id)
    return pages.page([access_key_answer(key) for key in found], last_id)


@_app.delete("/customers/<customer_id>/accesskeys/<key_id>")
def delete_access_key(customer_id: str, key_id: str) -> AccessKeyAnswer:
    """Delete an access key of a customer, and answer with what it was."""
    return access_key_answer(_access_keys.delete(checked(customer_id), uuid(key_id)))
