"""Acting on what is published: each act is a small new file of the governance landing."""
