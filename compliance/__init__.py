"""ConsentKeep's headless core: an encrypted store of healthcare professionals, their consents and who may see what."""

__version__ = "0.1.0"
