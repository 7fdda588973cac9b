"""Every call that the API takes: what goes in, what comes out, and who may make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from lambdas.http.pages import Page
from lambdas.model import Model
from lambdas.model.access_key import AccessKeyAnswer, NewAccessKey, TokenAnswer
from lambdas.model.attempt import AttemptAnswer, UnassignedAttemptAnswer
from lambdas.model.customer import CustomerAnswer, NewCustomer
from lambdas.model.extension import (
    ExtensionAnswer,
    ExtensionChanges,
    NewExtension,
    RegisteredDeviceAnswer,
    RegistrationAnswer,
)
from lambdas.model.push_app import NewPushApp, PushAppAnswer, PushAppListAnswer, PushAppTest
from lambdas.model.registration import ExtensionRegistrationAnswer
from lambdas.model.switches import SwitchesAnswer, SwitchesChange
from lambdas.model.trace import TraceAnswer, TraceChange, TracedMessageAnswer
from lambdas.model.wake_up import WakeUpAnswer, WakeUpTest, WakeUpTestAnswer
from lambdas.model.webhook import (
    NewWebhook,
    NewWebhookAnswer,
    WebhookAnswer,
    WebhookChanges,
    WebhookListAnswer,
    WebhookTest,
    WebhookTestAnswer,
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    `answer` is the type of what a 200 holds. `parameters` are named ones besides those that all of its kind have.
    `conflict` says when a 409 comes. A call that may be repeated under an Idempotency-Key has one of its own besides.
    `revised` tells that answers have an ETag, and changes heed If-Match.
    """

    name: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    summary: str
    answer: Any
    body: type[Model] | None = None
    caller: Literal["customer", "operator", "anyone"] = "customer"
    parameters: tuple[str, ...] = ()
    conflict: str = ""
    revised: bool = False

    @property
    def is_paged(self) -> bool:
        """Whether the answer is one page of a list."""
        return getattr(self.answer, "__origin__", None) is Page


OPERATIONS: Final = (
    Operation(
        "createExtension",
        "POST",
        "/extensions",
        "Create an extension",
        ExtensionAnswer,
        NewExtension,
        conflict="The customer has an extension of this username.",
        revised=True,
    ),
    Operation(
        "listExtensions",
        "GET",
        "/extensions",
        "List extensions, ordered by id, or find the one of a username",
        Page[ExtensionAnswer],
        parameters=("username",),
    ),
    Operation("getExtension", "GET", "/extensions/{id}", "Get an extension", ExtensionAnswer, revised=True),
    Operation(
        "updateExtension",
        "PUT",
        "/extensions/{id}",
        "Change an extension: what is absent stays",
        ExtensionAnswer,
        ExtensionChanges,
        conflict="There is no direct hash to regenerate.",
        revised=True,
    ),
    Operation(
        "deleteExtension",
        "DELETE",
        "/extensions/{id}",
        "Delete an extension with its devices and its direct hash",
        ExtensionAnswer,
        revised=True,
    ),
    Operation(
        "listAttemptsOfExtension",
        "GET",
        "/extensions/{id}/attempts",
        "List why the extension's phone can't register, newest first",
        Page[AttemptAnswer],
    ),
    Operation(
        "listAttempts",
        "GET",
        "/attempts",
        "List why phones can't register, also with usernames that don't exist, newest first",
        Page[AttemptAnswer],
    ),
    Operation(
        "listUnassignedAttempts",
        "GET",
        "/attempts/unassigned",
        "List why phones at no customer's domain can't register, newest first",
        Page[UnassignedAttemptAnswer],
        caller="operator",
    ),
    Operation(
        "listWakeUpsOfExtension",
        "GET",
        "/extensions/{id}/wake-ups",
        "List how the extension's devices woke for calls, and why they didn't, newest first",
        Page[WakeUpAnswer],
    ),
    Operation(
        "testWakeUpOfExtension",
        "POST",
        "/extensions/{id}/wake-up-test",
        "Ask the edges to push the extension's devices; the outcomes show as wake-ups",
        WakeUpTestAnswer,
        WakeUpTest,
        conflict="No registered device of the extension can be woken by a push.",
    ),
    Operation(
        "setTraceOfExtension",
        "PUT",
        "/extensions/{id}/trace",
        "Trace the extension's SIP messages for some time",
        TraceAnswer,
        TraceChange,
        conflict="Three extensions of the customer are traced, or ten in all.",
    ),
    Operation(
        "listTraceOfExtension",
        "GET",
        "/extensions/{id}/trace",
        "List the extension's SIP messages that were traced in the last day, without their secrets, oldest first",
        Page[TracedMessageAnswer],
    ),
    Operation(
        "getRegistrationOfExtension",
        "GET",
        "/extensions/{id}/registrations",
        "Get the extension's devices that are registered now",
        RegistrationAnswer,
    ),
    Operation(
        "deleteRegistration",
        "DELETE",
        "/extensions/{id}/registrations/{registration_id}",
        "Take a device off: it gets no calls until it registers again",
        RegisteredDeviceAnswer,
    ),
    Operation(
        "listRegistrations",
        "GET",
        "/registrations",
        "List the registrations of all extensions, ordered by the extension's id; a page is one of extensions",
        Page[ExtensionRegistrationAnswer],
        parameters=("status",),
    ),
    Operation(
        "createAccessKey",
        "POST",
        "/accesskeys",
        "Create an access key; its token is shown this once",
        TokenAnswer,
        NewAccessKey,
    ),
    Operation("listAccessKeys", "GET", "/accesskeys", "List access keys, ordered by id", Page[AccessKeyAnswer]),
    Operation("getAccessKey", "GET", "/accesskeys/{id}", "Get an access key", AccessKeyAnswer),
    Operation(
        "deleteAccessKey",
        "DELETE",
        "/accesskeys/{id}",
        "Delete an access key: its token is refused from then on",
        AccessKeyAnswer,
    ),
    Operation(
        "createCustomer", "POST", "/customers", "Create a customer", CustomerAnswer, NewCustomer, caller="operator"
    ),
    Operation("listCustomers", "GET", "/customers", "List customers", Page[CustomerAnswer], caller="operator"),
    Operation("getCustomer", "GET", "/customers/{id}", "Get a customer", CustomerAnswer, caller="operator"),
    Operation(
        "deleteCustomer",
        "DELETE",
        "/customers/{id}",
        "Delete a customer with its access keys and push apps",
        CustomerAnswer,
        caller="operator",
        conflict="The customer has extensions.",
    ),
    Operation(
        "createAccessKeyOfCustomer",
        "POST",
        "/customers/{id}/accesskeys",
        "Create an access key of a customer; its token is shown this once",
        TokenAnswer,
        NewAccessKey,
        caller="operator",
    ),
    Operation(
        "listAccessKeysOfCustomer",
        "GET",
        "/customers/{id}/accesskeys",
        "List a customer's access keys, ordered by id",
        Page[AccessKeyAnswer],
        caller="operator",
    ),
    Operation(
        "deleteAccessKeyOfCustomer",
        "DELETE",
        "/customers/{id}/accesskeys/{key_id}",
        "Delete an access key of a customer",
        AccessKeyAnswer,
        caller="operator",
    ),
    Operation("getSwitches", "GET", "/edges", "Get how all edges and functions log", SwitchesAnswer, caller="operator"),
    Operation(
        "setSwitches",
        "PUT",
        "/edges",
        "Let all edges and functions log at another level for some time",
        SwitchesAnswer,
        SwitchesChange,
        caller="operator",
    ),
    Operation(
        "createWebhook",
        "POST",
        "/webhooks",
        "Create a webhook; its secret is shown this once",
        NewWebhookAnswer,
        NewWebhook,
        conflict="The customer has ten webhooks.",
    ),
    Operation("listWebhooks", "GET", "/webhooks", "List all webhooks, ordered by id", WebhookListAnswer),
    Operation("getWebhook", "GET", "/webhooks/{id}", "Get a webhook", WebhookAnswer),
    Operation(
        "updateWebhook",
        "PUT",
        "/webhooks/{id}",
        "Disable a webhook, or enable one that was disabled",
        WebhookAnswer,
        WebhookChanges,
    ),
    Operation("deleteWebhook", "DELETE", "/webhooks/{id}", "Delete a webhook", WebhookAnswer),
    Operation(
        "testWebhook",
        "POST",
        "/webhooks/{id}/test",
        "Deliver an event that means nothing, and tell what came of it",
        WebhookTestAnswer,
        WebhookTest,
    ),
    Operation(
        "createPushApp",
        "POST",
        "/push-apps",
        "Create a push app: the credentials by which edges wake an app",
        PushAppAnswer,
        NewPushApp,
        conflict="The customer has ten push apps, or one of this name.",
    ),
    Operation("listPushApps", "GET", "/push-apps", "List all push apps, ordered by id", PushAppListAnswer),
    Operation("getPushApp", "GET", "/push-apps/{id}", "Get a push app", PushAppAnswer),
    Operation("deletePushApp", "DELETE", "/push-apps/{id}", "Delete a push app with its private key", PushAppAnswer),
    Operation(
        "testPushApp",
        "POST",
        "/push-apps/{id}/test",
        "Ask the edges to try a push app's credentials; the outcome shows in the push app",
        PushAppAnswer,
        PushAppTest,
    ),
    Operation("getDocument", "GET", "/openapi.json", "Get this document", dict[str, Any], caller="anyone"),
)
