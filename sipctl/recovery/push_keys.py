"""Re-encrypts the private keys of push apps, from the KMS key of a backup's deployment to this deployment's."""

from __future__ import annotations

import base64
from typing import Any

from sipctl.failure import FailedError

Item = dict[str, Any]


class PushKeys:
    """Changes items of push apps while they are copied. KMS re-encrypts: no private key comes to this machine.

    `unreadable` lists the apps whose private keys stay unreadable, as `customer/id (app)`.
    """

    def __init__(self, client: Any, old: str, new: str) -> None:
        """`old` and `new` are ARNs of KMS keys. Raises FailedError for an old one that must be enabled before."""
        self._client = client
        self._new = new
        self.old = old
        self.unreadable: list[str] = []
        self.is_there = self._is_there()

    def reencrypted(self, item: Item) -> Item:
        """Returns an item of the table of push apps as this deployment reads it."""
        if self.old == self._new:
            return item
        customer_id, app_id = item["customer_id"]["S"], item["id"]["S"]
        # Keys are bound to their items by this context: see directory/push_keys.py.
        context = {"customer_id": customer_id, "push_app_id": app_id}
        resealed = self._reencrypted(base64.b64decode(item["sealed_key"]["S"]), context) if self.is_there else None
        if resealed is None:
            self.unreadable.append(f"{customer_id}/{app_id} ({item['app']['S']})")
            return item
        return {**item, "sealed_key": {"S": base64.b64encode(resealed).decode()}}

    def _reencrypted(self, ciphertext: bytes, context: dict[str, str]) -> bytes | None:
        """The ciphertext under the new key, None for one that is not the old key's or another item's."""
        errors = self._client.exceptions
        try:
            answer = self._client.re_encrypt(
                CiphertextBlob=ciphertext,
                SourceKeyId=self.old,
                SourceEncryptionContext=context,
                DestinationKeyId=self._new,
                DestinationEncryptionContext=context,
            )
        except (errors.IncorrectKeyException, errors.InvalidCiphertextException):
            return None
        resealed: bytes = answer["CiphertextBlob"]
        return resealed

    def _is_there(self) -> bool:
        """Whether KMS still has the old key."""
        try:
            state = self._client.describe_key(KeyId=self.old)["KeyMetadata"]["KeyState"]
        except self._client.exceptions.NotFoundException:
            return False
        if state == "Enabled":
            return True
        undo = f"aws kms cancel-key-deletion --key-id {self.old}; " if state == "PendingDeletion" else ""
        detail = (
            f"The key of the push apps is {state}, not Enabled. Run: {undo}aws kms enable-key --key-id {self.old}. "
            "Then restore again."
        )
        raise FailedError({"code": "key_not_enabled", "detail": detail})
