"""`/push-apps`: the credentials by which a customer's apps are woken."""

from __future__ import annotations

import time
from typing import Final

from aws_lambda_powertools.event_handler import Response

from lambdas import environment
from lambdas.http import request_body, resolver
from lambdas.log_level import with_switched_log_level
from lambdas.model.identifiers import uuid
from lambdas.model.push_app import NewPushApp, PushAppAnswer, PushAppListAnswer, PushAppTest, push_app_answer

_app: Final = resolver.resolver()
_push_apps: Final = environment.push_apps()
_sealer: Final = environment.key_sealer()
_idempotency: Final = environment.idempotency()

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.post("/push-apps")
def create() -> Response[PushAppAnswer]:
    """A new push app. Its private key is encrypted, and shown by no call. 409 when the customer has ten."""
    body = request_body.read(_app.current_event, NewPushApp)
    new = body.stored()

    def make() -> PushAppAnswer:
        return push_app_answer(_push_apps.create(resolver.caller(_app), new, _sealer), time.time())

    return resolver.answer(*_idempotency(_app, body, make))


@_app.get("/push-apps")
def list_all() -> PushAppListAnswer:
    """All push apps, ordered by id."""
    now = time.time()
    return {"result": [push_app_answer(app, now) for app in _push_apps.of_customer(resolver.caller(_app))]}


@_app.get("/push-apps/<app_id>")
def get(app_id: str) -> PushAppAnswer:
    """One push app."""
    return push_app_answer(_push_apps.get(resolver.caller(_app), uuid(app_id)), time.time())


@_app.delete("/push-apps/<app_id>")
def delete(app_id: str) -> PushAppAnswer:
    """Delete a push app with its private key, and answer with what it was."""
    return push_app_answer(_push_apps.delete(resolver.caller(_app), uuid(app_id)), time.time())


@_app.post("/push-apps/<app_id>/test")
def test(app_id: str) -> Response[PushAppAnswer]:
    """Ask the edges to try the credentials with their provider. The outcome shows in the push app, within seconds."""
    body = request_body.read(_app.current_event, PushAppTest)
    now = time.time()

    def ask() -> PushAppAnswer:
        return push_app_answer(_push_apps.ask_for_test(resolver.caller(_app), uuid(app_id), int(now)), now)

    return resolver.answer(*_idempotency(_app, body, ask))
