"""A bill of materials: everything that other people made and that is deployed."""
