"""A stand-in for Jumpseller, InvoiceXpress and VIES over HTTP, for the demo, for tests and for practice.

Written apart from the product: it imports nothing of it, so that its arithmetic can disagree.
"""
