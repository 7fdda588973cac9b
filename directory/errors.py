"""The errors of the directory, as its callers see them."""

from __future__ import annotations


class DirectoryError(Exception):
    """Any failure of the directory."""


class NotFoundError(DirectoryError):
    """There is no such thing, or it belongs to another customer."""


class UsernameTakenError(DirectoryError):
    """The customer has an extension of that username."""


class NoDirectHashError(DirectoryError):
    """A direct hash was to be replaced, and the extension has none."""


class ChangedMeanwhileError(DirectoryError):
    """The thing is in none of the states that the caller has seen it in."""


class WebhookDisabledError(DirectoryError):
    """Nothing is delivered to the webhook until it is enabled again."""


class WebhookBusyError(DirectoryError):
    """The webhook has as many deliveries in flight as it may."""


class TooManyWebhooksError(DirectoryError):
    """The customer has as many webhooks as it may."""


class TooManyPushAppsError(DirectoryError):
    """The customer has as many apps for pushes as it may."""


class PushAppExistsError(DirectoryError):
    """The customer has an app of that service and name."""


class TooManyTracesError(DirectoryError):
    """As many extensions are traced as may be at a time."""


class WakeUpTestUnderWayError(DirectoryError):
    """The devices of the extension are being tested."""


class CustomerNotEmptyError(DirectoryError):
    """The customer still has extensions."""


class ContentionError(DirectoryError):
    """Others kept changing the same thing; the same call may succeed later."""


class KeysUnreadableError(DirectoryError):
    """The edges' keys can't be had; the message is a reason for a log, and holds nothing of them."""


class CredentialsUnreadableError(DirectoryError):
    """A customer's apps for pushes, or the key of one, can't be had now.

    The message is a reason for a log.
    """
