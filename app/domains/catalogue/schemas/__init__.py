"""Shapes of documents: products, categories, mapping files."""

from app.domains.catalogue.schemas.documents import CategorySchema, ProductSchema, read_category, read_product
from app.domains.catalogue.schemas.mappings import read_mapping

__all__ = ["CategorySchema", "ProductSchema", "read_category", "read_mapping", "read_product"]
