CREATE TABLE search_synonyms (
	id UUID NOT NULL,
	locale VARCHAR NOT NULL,
	words TEXT[] NOT NULL,
	alike TEXT[] NOT NULL,
	is_two_way BOOLEAN NOT NULL,
	is_from_document BOOLEAN NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT search_synonyms_pkey PRIMARY KEY (id),
	CONSTRAINT search_synonyms_words_check CHECK (cardinality(words) = cardinality(alike) AND cardinality(words) >= 2)
);
CREATE INDEX search_synonyms_alike_idx ON search_synonyms USING gin (alike);
CREATE UNIQUE INDEX search_synonyms_alike_key ON search_synonyms (locale, alike);
CREATE TABLE search_redirects (
	id UUID NOT NULL,
	locale VARCHAR NOT NULL,
	query VARCHAR NOT NULL,
	label VARCHAR NOT NULL,
	category_id UUID,
	product_id UUID,
	path VARCHAR,
	is_from_document BOOLEAN NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT search_redirects_pkey PRIMARY KEY (id),
	CONSTRAINT search_redirects_target_check CHECK (num_nonnulls(category_id, product_id, path) = 1),
	CONSTRAINT search_redirects_category_id_fkey FOREIGN KEY(category_id) REFERENCES catalogue_categories (id),
	CONSTRAINT search_redirects_product_id_fkey FOREIGN KEY(product_id) REFERENCES catalogue_products (id)
);
CREATE INDEX search_redirects_category_id_idx ON search_redirects (category_id);
CREATE INDEX search_redirects_product_id_idx ON search_redirects (product_id);
CREATE UNIQUE INDEX search_redirects_query_key ON search_redirects (locale, query);
