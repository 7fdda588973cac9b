"""SIP extensions as a construct for other CDK applications; `setup.py` makes a wheel of it."""

from infra.configuration import Configuration, ConfigurationError
from infra.existing import Existing
from infra.sip_extensions import SipExtensions

__all__ = ["Configuration", "ConfigurationError", "Existing", "SipExtensions"]
