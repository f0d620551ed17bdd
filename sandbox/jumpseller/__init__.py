"""The Jumpseller side: REST API v1 of many stores, told apart by their credentials, and the webhooks."""
