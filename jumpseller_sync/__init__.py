"""Everything that knows Jumpseller."""
