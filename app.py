"""The CDK application: writes the CloudFormation templates to cdk.out/, or where the CDK CLI asks for them."""

import sys

from infra.application import application
from infra.bundle import BundleError
from infra.configuration import ConfigurationError

try:
    application().synth()
except (ConfigurationError, BundleError) as wrong:
    sys.exit(str(wrong))
