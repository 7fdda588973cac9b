"""Real phones that are suspended or ended, and that pushes wake."""
