"""`make demo`: a day of orders through the whole product, driven from outside.

The product is started as a new user would start it, from the Procfile, against the sandbox. Nothing of it
is imported: everything goes through processes, commands and HTTP.
"""
