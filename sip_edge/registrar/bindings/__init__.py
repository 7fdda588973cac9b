"""The rules and the writes by which the bindings of an address change."""
