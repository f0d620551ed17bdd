"""VIES, the European Commission's register of VAT numbers: asked whether a buyer's number exists."""
