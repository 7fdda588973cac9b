"""The bill of materials is valid, and complete."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from sbom.lock import packages

ROOT = Path(__file__).parents[2]


def test_the_bill_names_all_that_is_deployed(tmp_path: Path) -> None:
    subprocess.run((sys.executable, "-m", "sbom", str(tmp_path / "sbom.json")), cwd=ROOT, check=True)
    text = (tmp_path / "sbom.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None

    parts = {part["name"]: part for part in json.loads(text)["components"]}
    purls = {name: {component["purl"] for component in part["components"]} for name, part in parts.items()}
    for name, lock in {"edge": "sip_edge/requirements.txt", "functions": "lambdas/requirements.txt"}.items():
        assert purls[name] == {f"pkg:pypi/{package.name}@{package.version}" for package in packages(ROOT / lock)}
    assert purls["page"] == {"pkg:npm/uqr@0.1.3"}
    (script,) = parts["page"]["components"][0]["hashes"]
    assert script["alg"] == "SHA-256"
