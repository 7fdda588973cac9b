"""The SIP edge: transport -> transaction -> registrar | proxy -> directory."""
