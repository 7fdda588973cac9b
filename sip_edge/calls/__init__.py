"""Call accounting: the steps of calls that their customers see."""
