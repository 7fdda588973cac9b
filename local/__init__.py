"""The whole service on one machine: the same templates, deployed to an emulator of AWS, and one SIP edge."""
