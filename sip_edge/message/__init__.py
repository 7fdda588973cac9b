"""SIP messages: how they are read, edited and written."""
