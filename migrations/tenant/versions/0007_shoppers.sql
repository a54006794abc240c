CREATE TABLE identity_shoppers (
	id UUID NOT NULL,
	email VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	status VARCHAR DEFAULT 'active' NOT NULL,
	locale VARCHAR NOT NULL,
	password_hash VARCHAR,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT identity_shoppers_pkey PRIMARY KEY (id),
	CONSTRAINT identity_shoppers_status_check CHECK (status IN ('active', 'disabled')),
	CONSTRAINT identity_shoppers_email_check CHECK (email = lower(email) AND email ~ '^[!-~]+@[!-~]+$'),
	CONSTRAINT identity_shoppers_email_key UNIQUE (email)
);

CREATE TABLE identity_shopper_sessions (
	id UUID NOT NULL,
	token_hash VARCHAR NOT NULL,
	shopper_id UUID NOT NULL,
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	user_agent VARCHAR NOT NULL,
	address VARCHAR NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT identity_shopper_sessions_pkey PRIMARY KEY (id),
	CONSTRAINT identity_shopper_sessions_token_hash_key UNIQUE (token_hash),
	CONSTRAINT identity_shopper_sessions_shopper_id_fkey FOREIGN KEY(shopper_id) REFERENCES identity_shoppers (id)
);

CREATE INDEX identity_shopper_sessions_shopper_idx ON identity_shopper_sessions (shopper_id, opened_at);

CREATE TABLE identity_proofs (
	id UUID NOT NULL,
	purpose VARCHAR NOT NULL,
	letter VARCHAR NOT NULL,
	email VARCHAR NOT NULL,
	name VARCHAR DEFAULT '' NOT NULL,
	shopper_id UUID,
	browser_hash VARCHAR NOT NULL,
	code_hash VARCHAR NOT NULL,
	link_hash VARCHAR NOT NULL,
	secret TEXT,
	locale VARCHAR NOT NULL,
	tries INTEGER DEFAULT '0' NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT identity_proofs_pkey PRIMARY KEY (id),
	CONSTRAINT identity_proofs_purpose_check CHECK (purpose IN ('sign_up', 'sign_in', 'reset', 'new_email')),
	CONSTRAINT identity_proofs_letter_check CHECK (letter IN ('sign_up', 'known', 'sign_in', 'unknown', 'reset', 'new_email', 'taken')),
	CONSTRAINT identity_proofs_shopper_id_fkey FOREIGN KEY(shopper_id) REFERENCES identity_shoppers (id),
	CONSTRAINT identity_proofs_browser_hash_key UNIQUE (browser_hash),
	CONSTRAINT identity_proofs_link_hash_key UNIQUE (link_hash)
);

CREATE INDEX identity_proofs_open_idx ON identity_proofs (email, purpose) WHERE ended_at IS NULL;

CREATE TABLE identity_passkeys (
	id UUID NOT NULL,
	shopper_id UUID NOT NULL,
	credential_id BYTEA NOT NULL,
	public_key BYTEA NOT NULL,
	sign_count BIGINT NOT NULL,
	label VARCHAR NOT NULL,
	last_used_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT identity_passkeys_pkey PRIMARY KEY (id),
	CONSTRAINT identity_passkeys_shopper_id_fkey FOREIGN KEY(shopper_id) REFERENCES identity_shoppers (id),
	CONSTRAINT identity_passkeys_credential_id_key UNIQUE (credential_id)
);

CREATE INDEX identity_passkeys_shopper_id_idx ON identity_passkeys (shopper_id);

CREATE TABLE identity_passkey_challenges (
	challenge_hash VARCHAR NOT NULL,
	shopper_id UUID,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT identity_passkey_challenges_pkey PRIMARY KEY (challenge_hash),
	CONSTRAINT identity_passkey_challenges_shopper_id_fkey FOREIGN KEY(shopper_id) REFERENCES identity_shoppers (id)
);

CREATE INDEX identity_passkey_challenges_expires_at_idx ON identity_passkey_challenges (expires_at);

CREATE TABLE identity_shopper_addresses (
	id UUID NOT NULL,
	shopper_id UUID NOT NULL,
	address JSONB NOT NULL,
	phone VARCHAR NOT NULL,
	is_default BOOLEAN DEFAULT 'false' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT identity_shopper_addresses_pkey PRIMARY KEY (id),
	CONSTRAINT identity_shopper_addresses_shopper_id_fkey FOREIGN KEY(shopper_id) REFERENCES identity_shoppers (id)
);

CREATE UNIQUE INDEX identity_shopper_addresses_default_idx ON identity_shopper_addresses (shopper_id) WHERE is_default;

CREATE INDEX identity_shopper_addresses_shopper_id_idx ON identity_shopper_addresses (shopper_id);

CREATE TABLE orders_wishes (
	id UUID NOT NULL,
	shopper_id UUID,
	token_hash VARCHAR,
	product_id UUID NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT orders_wishes_pkey PRIMARY KEY (id),
	CONSTRAINT orders_wishes_shopper_id_product_id_key UNIQUE (shopper_id, product_id),
	CONSTRAINT orders_wishes_token_hash_product_id_key UNIQUE (token_hash, product_id),
	CONSTRAINT orders_wishes_owner_check CHECK (num_nonnulls(shopper_id, token_hash) = 1),
	CONSTRAINT orders_wishes_shopper_id_fkey FOREIGN KEY(shopper_id) REFERENCES identity_shoppers (id),
	CONSTRAINT orders_wishes_product_id_fkey FOREIGN KEY(product_id) REFERENCES catalogue_products (id)
);

ALTER TABLE orders_carts ADD COLUMN shopper_id UUID CONSTRAINT orders_carts_shopper_id_fkey REFERENCES identity_shoppers (id);

ALTER TABLE orders_carts DROP CONSTRAINT orders_carts_status_check;

ALTER TABLE orders_carts ADD CONSTRAINT orders_carts_status_check CHECK (status IN ('open', 'placed', 'merged'));

CREATE UNIQUE INDEX orders_carts_shopper_idx ON orders_carts (shopper_id) WHERE status = 'open';

CREATE INDEX orders_carts_shopper_all_idx ON orders_carts (shopper_id) WHERE shopper_id IS NOT NULL;

ALTER TABLE orders_groups ADD COLUMN shopper_id UUID CONSTRAINT orders_groups_shopper_id_fkey REFERENCES identity_shoppers (id);

CREATE INDEX orders_groups_shopper_idx ON orders_groups (shopper_id, placed_at) WHERE shopper_id IS NOT NULL;

CREATE INDEX orders_groups_unclaimed_idx ON orders_groups (lower(email)) WHERE shopper_id IS NULL;
