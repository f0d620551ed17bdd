"""The InvoiceXpress side: API v2 JSON, one account per path prefix."""
