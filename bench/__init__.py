"""How fast the service is: its core without sockets, and the whole edge beside its peers."""
