"""The SIP edge: transport -> transaction -> registrar | proxy -> directory."""

from sip_edge import compiled

compiled.prefer()
