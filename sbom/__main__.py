"""`python -m sbom FILE`: write the bill of materials as CycloneDX JSON."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion

from sbom.bill import bill

if __name__ == "__main__":
    outputter = make_outputter(bill(), OutputFormat.JSON, SchemaVersion.V1_6)
    Path(sys.argv[1]).write_text(outputter.output_as_string(indent=2) + "\n")
