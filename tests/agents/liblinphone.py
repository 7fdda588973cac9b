"""The part of liblinphone's C interface that the linphone phone uses, as Python functions without the common prefix."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import CFUNCTYPE, c_char_p, c_int, c_void_p
from typing import Any

LIBRARY = "liblinphone.so.10"

# LinphoneRegistrationState
REGISTERED, UNREGISTERED, REGISTRATION_FAILED = 2, 3, 4

# LinphoneCallState
INCOMING_RECEIVED = 1
OUTGOING_RINGING, OUTGOING_EARLY_MEDIA = 5, 6
STREAMS_RUNNING = 8
PAUSED = 10
ERROR, END = 13, 14
PAUSED_BY_REMOTE = 15

# LinphoneReason
BUSY = 4

LOG_MESSAGE_LEVEL = 1 << 2

AccountStateChanged = CFUNCTYPE(None, c_void_p, c_void_p, c_int, c_char_p)
"""Core, account, state, words."""

CallStateChanged = CFUNCTYPE(None, c_void_p, c_void_p, c_int, c_char_p)
"""Core, call, state, words."""

SIGNATURES: dict[str, tuple[Any, ...]] = {
    "factory_get": (c_void_p,),
    "factory_set_config_dir": (None, c_void_p, c_char_p),
    "factory_set_data_dir": (None, c_void_p, c_char_p),
    "factory_create_core_3": (c_void_p, c_void_p, c_char_p, c_char_p, c_void_p),
    "factory_create_core_cbs": (c_void_p, c_void_p),
    "factory_create_auth_info": (
        c_void_p,
        c_void_p,
        c_char_p,
        c_char_p,
        c_char_p,
        c_char_p,
        c_char_p,
        c_char_p,
    ),
    "factory_create_address": (c_void_p, c_void_p, c_char_p),
    "core_cbs_set_account_registration_state_changed": (None, c_void_p, AccountStateChanged),
    "core_cbs_set_call_state_changed": (None, c_void_p, CallStateChanged),
    "core_add_callbacks": (None, c_void_p, c_void_p),
    "core_set_network_reachable": (None, c_void_p, c_int),
    "core_start": (c_int, c_void_p),
    "core_iterate": (None, c_void_p),
    "core_get_version": (c_char_p,),
    "core_set_user_agent": (None, c_void_p, c_char_p, c_char_p),
    "core_set_use_files": (None, c_void_p, c_int),
    "core_set_play_file": (None, c_void_p, c_char_p),
    "core_set_record_file": (None, c_void_p, c_char_p),
    "core_add_auth_info": (None, c_void_p, c_void_p),
    "core_create_account_params": (c_void_p, c_void_p),
    "core_create_account": (c_void_p, c_void_p, c_void_p),
    "core_add_account": (c_int, c_void_p, c_void_p),
    "core_set_default_account": (None, c_void_p, c_void_p),
    "core_invite_address": (c_void_p, c_void_p, c_void_p),
    "core_set_log_level_mask": (None, c_int),
    "account_params_clone": (c_void_p, c_void_p),
    "account_params_set_identity_address": (c_int, c_void_p, c_void_p),
    "account_params_set_server_address": (c_int, c_void_p, c_void_p),
    "account_params_enable_outbound_proxy": (None, c_void_p, c_int),
    "account_params_enable_register": (None, c_void_p, c_int),
    "account_params_set_contact_uri_parameters": (None, c_void_p, c_char_p),
    "account_params_set_expires": (None, c_void_p, c_int),
    "account_get_params": (c_void_p, c_void_p),
    "account_set_params": (c_int, c_void_p, c_void_p),
    "account_get_error_info": (c_void_p, c_void_p),
    "account_refresh_register": (None, c_void_p),
    "error_info_get_protocol_code": (c_int, c_void_p),
    "error_info_get_phrase": (c_char_p, c_void_p),
    "call_ref": (c_void_p, c_void_p),
    "call_accept": (c_int, c_void_p),
    "call_decline": (c_int, c_void_p, c_int),
    "call_terminate": (c_int, c_void_p),
    "call_pause": (c_int, c_void_p),
    "call_resume": (c_int, c_void_p),
    "call_get_error_info": (c_void_p, c_void_p),
    "call_get_remote_address_as_string": (c_char_p, c_void_p),
    "call_get_to_address": (c_void_p, c_void_p),
    "address_as_string_uri_only": (c_char_p, c_void_p),
}
"""Result type, then argument types. Objects are `c_void_p`."""


def load() -> dict[str, Callable[..., Any]]:
    """The functions by their names without `linphone_`. Raises FileNotFoundError, which names the package to get."""
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise FileNotFoundError(
            f"{LIBRARY} is missing ({error}): apt-get install --no-install-recommends linphone-cli"
        ) from error
    functions = {}
    for name, (result, *arguments) in SIGNATURES.items():
        function = getattr(library, f"linphone_{name}")
        function.restype, function.argtypes = result, arguments
        functions[name] = function
    return functions
