"""Functions start without the modules that they do not need."""

from __future__ import annotations

import subprocess
import sys

from tests.lambdas.conftest import FUNCTIONS, VARIABLES


def test_boto3_is_not_imported_before_an_idempotency_key_comes() -> None:
    program = f"import sys; from lambdas.functions import {', '.join(FUNCTIONS.values())}; print(sorted(sys.modules))"
    done = subprocess.run((sys.executable, "-c", program), env=VARIABLES, stdout=subprocess.PIPE, text=True, check=True)
    assert "'botocore'" in done.stdout
    assert "'boto3'" not in done.stdout
