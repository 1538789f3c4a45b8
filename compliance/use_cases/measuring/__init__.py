"""The figures of the product, measured the same way everywhere (``consentkeep bench``)."""
