"""The minimal user agent, against real edges and a real media relay."""
