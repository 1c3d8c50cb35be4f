"""Vendors, one file or folder each, exporting the parts they have. Imported only when used."""
