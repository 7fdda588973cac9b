"""The SIP edge: its network, its load balancer, its containers, and how they fit each other."""
