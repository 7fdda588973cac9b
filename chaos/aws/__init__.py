"""Models of AWS's services around an edge. Each rule names its document, and time is the caller's."""
