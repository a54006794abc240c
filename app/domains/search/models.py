"""The index: a row per product and language, the words to suggest, the searches that found nothing, and the words by
which a tenant guides searches."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, TenantModel
from app.kit.ids import Id


class DocumentRow(Changing, TenantModel):
    """A product in one language of the storefront, as lists show it and as it is found.

    :ivar product_version: the version of the product that was read.
    :ivar heading: the normalised title; `text`: the normalised short texts, after a space, for parts of words.
    :ivar terms: the words of all fields by weight: title A, brand and category B, keywords and attributes C, rest D.
    :ivar category_codes: its active category and those above.
    :ivar facet_keys: `code US value` (US: U+001F), and `code US` alone for the facet itself; `facet_labels` beside.
    :ivar words: what is suggested of it, normalised; `word_labels` beside, as it is written.
    :ivar price_minor: the lowest price; none: it has no price, and stands in no list.
    """

    __tablename__ = "search_documents"
    product_id: Mapped[str] = mapped_column(Id("prd"), ForeignKey("catalogue_products.id"), primary_key=True)
    locale: Mapped[str] = mapped_column(primary_key=True)
    product_version: Mapped[int]
    slug: Mapped[str]
    title: Mapped[str]
    brand: Mapped[str]
    category_code: Mapped[str | None]
    category_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    picture_id: Mapped[str | None] = mapped_column(Id("med"), ForeignKey("media_assets.id"))
    picture_alt: Mapped[str]
    heading: Mapped[str]
    text: Mapped[str]
    terms: Mapped[str] = mapped_column(TSVECTOR)
    facet_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    facet_labels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    words: Mapped[list[str]] = mapped_column(ARRAY(Text))
    word_labels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    highest_price_minor: Mapped[int | None] = mapped_column(BigInteger)
    compare_at_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    is_available: Mapped[bool]
    __table_args__ = (
        CheckConstraint("cardinality(facet_keys) = cardinality(facet_labels)", name="facets"),
        CheckConstraint("cardinality(words) = cardinality(word_labels)", name="words"),
        CheckConstraint("(price_minor IS NULL) = (currency IS NULL)", name="price"),
        CheckConstraint("highest_price_minor >= price_minor", name="highest_price"),
        Index("search_documents_terms_idx", "terms", postgresql_using="gin"),
        Index("search_documents_text_idx", "text", postgresql_using="gin", postgresql_ops={"text": "gin_trgm_ops"}),
        Index("search_documents_facets_idx", "facet_keys", postgresql_using="gin"),
        Index("search_documents_categories_idx", "category_codes", postgresql_using="gin"),
        Index("search_documents_newest_idx", "locale", "is_available", "product_id"),
        Index("search_documents_price_idx", "locale", "price_minor", "product_id"),
    )


class TermRow(Changing, TenantModel):
    """A word or phrase of listed products, to complete and to correct what is typed. `weight`: of how many.

    `skeleton` is the term without its marks: trigrams part a word where a mark stands, and marks are what is mistyped.
    """

    __tablename__ = "search_terms"
    locale: Mapped[str] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    skeleton: Mapped[str]
    label: Mapped[str]
    weight: Mapped[int]
    __table_args__ = (
        Index("search_terms_begin_idx", "locale", "term", postgresql_ops={"term": "text_pattern_ops"}),
        Index(
            "search_terms_skeleton_idx",
            "skeleton",
            postgresql_using="gin",
            postgresql_ops={"skeleton": "gin_trgm_ops"},
        ),
    )


class MissRow(Changing, TenantModel):
    """A search that found nothing, normalised, and how often: what shoppers want and the catalogue lacks."""

    __tablename__ = "search_queries_log"
    locale: Mapped[str] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(server_default="1", default=1)


class SynonymRow(Changing, TenantModel):
    """Words of one language that stand for each other.

    :ivar words: as they were written; `alike` beside, normalised.
    :ivar is_two_way: each finds the others; else the first also finds the rest, and not the other way round.
    :ivar is_from_document: of the tenant's document, which is where it is changed.
    """

    __tablename__ = "search_synonyms"
    id: Mapped[str] = mapped_column(Id("syn"), primary_key=True)
    locale: Mapped[str]
    words: Mapped[list[str]] = mapped_column(ARRAY(Text))
    alike: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_two_way: Mapped[bool]
    is_from_document: Mapped[bool]
    __table_args__ = (
        CheckConstraint("cardinality(words) = cardinality(alike) AND cardinality(words) >= 2", name="words"),
        Index("search_synonyms_alike_key", "locale", "alike", unique=True),
        Index("search_synonyms_alike_idx", "alike", postgresql_using="gin"),
    )


class RedirectRow(Changing, TenantModel):
    """A search that leads to a page at once: a category, a product, or another page of the storefront.

    :ivar query: normalised; `label` as it was written.
    :ivar path: of a page that is neither category nor product, from the root of the storefront: `/pages/returns`.
    """

    __tablename__ = "search_redirects"
    id: Mapped[str] = mapped_column(Id("rdr"), primary_key=True)
    locale: Mapped[str]
    query: Mapped[str]
    label: Mapped[str]
    category_id: Mapped[str | None] = mapped_column(Id("cat"), ForeignKey("catalogue_categories.id"), index=True)
    product_id: Mapped[str | None] = mapped_column(Id("prd"), ForeignKey("catalogue_products.id"), index=True)
    path: Mapped[str | None]
    is_from_document: Mapped[bool]
    __table_args__ = (
        CheckConstraint("num_nonnulls(category_id, product_id, path) = 1", name="target"),
        Index("search_redirects_query_key", "locale", "query", unique=True),
    )
