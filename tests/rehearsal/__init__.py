"""The rehearsal of a day on AWS, as far as an emulator goes."""
