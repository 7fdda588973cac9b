"""The SIP edge: transport -> transaction -> registrar | proxy -> directory."""

from sip_edge.build import compiled

compiled.prefer()
