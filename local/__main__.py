"""`python -m local`: run the whole service on this machine until Ctrl-C or SIGTERM."""

import sys

try:
    from local.runner import main
except ImportError as missing:
    sys.exit(f"sip-extensions: {missing}; `make run` installs all that is needed")

sys.exit(main())
