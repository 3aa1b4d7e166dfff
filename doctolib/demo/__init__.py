"""A demo university hospital and a demo practice: deterministic, invented, and large enough to be believed."""
