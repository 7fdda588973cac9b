"""Cases of other projects' tests that apply to a registrar and proxy, told anew; each names where it is from."""
