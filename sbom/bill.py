"""The bill of materials of the edge's image, of the functions' bundle, and of the operator's page."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from packageurl import PackageURL

from sbom.lock import packages

_ROOT: Final = Path(__file__).parent.parent
# The Python of the image (sip_edge/Dockerfile) and of the functions (infra/function.py).
_ENVIRONMENT: Final = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}


def bill() -> Bom:
    """The bill: one component for each of the three that is deployed, which holds its packages."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    bom = Bom()
    bom.metadata.component = Component(
        type=ComponentType.APPLICATION, name=project["name"], version=project["version"], bom_ref=project["name"]
    )
    for name, kind, parts in (
        ("edge", ComponentType.CONTAINER, _python("edge", _ROOT / "sip_edge" / "requirements.txt")),
        ("functions", ComponentType.APPLICATION, _python("functions", _ROOT / "lambdas" / "requirements.txt")),
        ("page", ComponentType.APPLICATION, _vendored("page", _ROOT / "page" / "vendor")),
    ):
        whole = Component(type=kind, name=name, version=project["version"], bom_ref=name, components=parts)
        bom.components.add(whole)
        bom.register_dependency(whole, parts)
        bom.register_dependency(bom.metadata.component, [whole])
    return bom


def _python(owner: str, lock: Path) -> list[Component]:
    """The packages of a lock. Their hashes, one for each platform's file, stay in the lock."""
    return [
        _library(owner, PackageURL("pypi", name=package.name, version=package.version))
        for package in packages(lock, _ENVIRONMENT)
    ]


def _vendored(owner: str, folder: Path) -> list[Component]:
    """The npm packages whose published scripts were copied, each into a folder `name-version`."""
    found = []
    for copy in sorted(folder.iterdir()):
        name, _, version = copy.name.rpartition("-")
        hashes = [
            HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(script.read_bytes()).hexdigest())
            for script in sorted(copy.glob("*.js"))
        ]
        found.append(_library(owner, PackageURL("npm", name=name, version=version), hashes))
    return found


def _library(owner: str, purl: PackageURL, hashes: Iterable[HashType] = ()) -> Component:
    return Component(
        name=purl.name, version=purl.version, purl=purl, hashes=hashes, bom_ref=f"{owner}/{purl.to_string()}"
    )
