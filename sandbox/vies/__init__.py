"""The VIES side: the REST service of the European Commission that tells whether a VAT number exists."""
