"""What is stored, as in "phone directory": the only code that knows table and attribute names."""
