"""Issuing an access key, for its customer or for the operator."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from lambdas.http import request_body, resolver
from lambdas.model.access_key import AccessKeyAnswer, NewAccessKey, TokenAnswer, access_key_answer

if TYPE_CHECKING:
    from directory.api.access_keys import AccessKeys
    from lambdas.http.idempotency import Idempotency


def issue_access_key(
    app: APIGatewayRestResolver, idempotency: Idempotency, access_keys: AccessKeys, customer_id: str
) -> Response[TokenAnswer]:
    """The answer to a request for a new access key of a customer.

    The token goes past what `idempotency` keeps, so a repeated call shows the key without it: "".
    """
    new = request_body.read(app.current_event, NewAccessKey)
    token = ""

    def create() -> AccessKeyAnswer:
        nonlocal token
        key, token = access_keys.create(customer_id, new.name, new.expires(time.time()))
        return access_key_answer(key)

    answer, headers = idempotency(app, new, create)
    return resolver.answer({**answer, "token": token}, headers)
