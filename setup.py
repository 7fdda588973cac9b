"""Builds the wheel: one package, `sip_extensions`, that holds the sources as the checkout does.

Deployed folders are copied as they are. The construct's own modules are imported from within that package, so that no
top-level name as common as `infra` or `directory` enters another application.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT: Final = Path(__file__).parent
PACKAGE: Final = "sip_extensions"
DEPLOYED: Final = ("directory", "lambdas", "sip_edge", "sipctl/user_agent", "page")
# Only the checkout has an application of its own.
LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "application.py")
IMPORT: Final = re.compile(r"^(\s*)(from|import) (infra|directory)\b", re.MULTILINE)


class BuildPackage(build_py):
    """Puts the folders of the checkout into the package."""

    def run(self) -> None:
        """Copy the folders, and let the construct's modules import each other from within the package."""
        package = Path(self.build_lib) / PACKAGE
        shutil.rmtree(package, ignore_errors=True)
        shutil.copytree(ROOT / PACKAGE, package, ignore=LEFT_OUT)
        for folder in ("infra", *DEPLOYED):
            shutil.copytree(ROOT / folder, package / folder, ignore=LEFT_OUT)
        # The edge's image is built in the package's folder, of what this file lets in.
        shutil.copy(ROOT / ".dockerignore", package)
        for path in (package / "__init__.py", *(package / "infra").rglob("*.py")):
            path.write_text(IMPORT.sub(rf"\1\2 {PACKAGE}.\3", path.read_text()))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """The files that the package consists of."""
        return [str(path) for path in (Path(self.build_lib) / PACKAGE).rglob("*") if path.is_file()]


setup(packages=[PACKAGE], cmdclass={"build_py": BuildPackage})
