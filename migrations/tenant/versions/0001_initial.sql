CREATE SEQUENCE orders_numbers START WITH 1001;

CREATE TABLE catalogue_import_runs (
	id UUID NOT NULL,
	source VARCHAR NOT NULL,
	format VARCHAR NOT NULL,
	file_name VARCHAR NOT NULL,
	sha256 VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	started_by JSONB NOT NULL,
	finished_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_import_runs_pkey PRIMARY KEY (id),
	CONSTRAINT catalogue_import_runs_status_check CHECK (status IN ('running', 'finished', 'failed')),
	CONSTRAINT catalogue_import_runs_finished_at_check CHECK ((status = 'running') = (finished_at IS NULL))
);

CREATE UNIQUE INDEX catalogue_import_runs_open_idx ON catalogue_import_runs (source, sha256) WHERE status = 'running';

CREATE TABLE content_messages (
	id UUID NOT NULL,
	effect_key VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	recipient VARCHAR NOT NULL,
	locale VARCHAR NOT NULL,
	subject VARCHAR NOT NULL,
	html VARCHAR NOT NULL,
	text VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	attempts INTEGER DEFAULT '0' NOT NULL,
	claimed_at TIMESTAMP WITH TIME ZONE,
	sent_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT content_messages_pkey PRIMARY KEY (id),
	CONSTRAINT content_messages_status_check CHECK (status IN ('queued', 'sending', 'sent', 'suppressed')),
	CONSTRAINT content_messages_effect_key_key UNIQUE (effect_key)
);

CREATE INDEX content_messages_waiting_idx ON content_messages (created_at) WHERE status IN ('queued', 'sending');

CREATE TABLE content_suppressions (
	recipient VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT content_suppressions_pkey PRIMARY KEY (recipient)
);

CREATE TABLE delivery_methods (
	code VARCHAR NOT NULL,
	name JSONB NOT NULL,
	price_minor BIGINT NOT NULL,
	free_from_minor BIGINT,
	currency VARCHAR(3) NOT NULL,
	tax_category VARCHAR NOT NULL,
	min_days INTEGER NOT NULL,
	max_days INTEGER NOT NULL,
	position INTEGER NOT NULL,
	is_active BOOLEAN DEFAULT 'true' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT delivery_methods_pkey PRIMARY KEY (code),
	CONSTRAINT delivery_methods_price_check CHECK (price_minor >= 0),
	CONSTRAINT delivery_methods_days_check CHECK (0 <= min_days AND min_days <= max_days)
);

CREATE TABLE event (
	id UUID NOT NULL,
	position BIGINT GENERATED ALWAYS AS IDENTITY,
	room VARCHAR NOT NULL,
	aggregate_id VARCHAR NOT NULL,
	sequence INTEGER NOT NULL,
	name VARCHAR NOT NULL,
	event_version INTEGER NOT NULL,
	payload JSONB NOT NULL,
	actor JSONB NOT NULL,
	request_id VARCHAR NOT NULL,
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	published_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT event_pkey PRIMARY KEY (id),
	CONSTRAINT event_room_aggregate_id_sequence_key UNIQUE (room, aggregate_id, sequence),
	CONSTRAINT event_position_key UNIQUE (position)
);

CREATE INDEX event_unpublished_idx ON event (created_at) WHERE published_at IS NULL;

CREATE TABLE idempotency_keys (
	principal VARCHAR NOT NULL,
	route VARCHAR NOT NULL,
	key VARCHAR NOT NULL,
	body_hash TEXT NOT NULL,
	answer JSONB,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	answered_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT idempotency_keys_pkey PRIMARY KEY (principal, route, key)
);

CREATE TABLE identity_sign_in_throttles (
	key VARCHAR NOT NULL,
	empty_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT identity_sign_in_throttles_pkey PRIMARY KEY (key)
);

CREATE INDEX identity_sign_in_throttles_empty_at_idx ON identity_sign_in_throttles (empty_at);

CREATE TABLE identity_staff (
	id UUID NOT NULL,
	email VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	role VARCHAR NOT NULL,
	status VARCHAR DEFAULT 'active' NOT NULL,
	locale VARCHAR NOT NULL,
	password_hash VARCHAR,
	totp_secret TEXT,
	totp_confirmed_at TIMESTAMP WITH TIME ZONE,
	totp_last_step BIGINT,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT identity_staff_pkey PRIMARY KEY (id),
	CONSTRAINT identity_staff_status_check CHECK (status IN ('active', 'disabled')),
	CONSTRAINT identity_staff_email_check CHECK (email = lower(email) AND email ~ '^[!-~]+@[!-~]+$'),
	CONSTRAINT identity_staff_totp_check CHECK (totp_confirmed_at IS NULL OR totp_secret IS NOT NULL),
	CONSTRAINT identity_staff_email_key UNIQUE (email)
);

CREATE TABLE inventory_locations (
	id UUID NOT NULL,
	code VARCHAR NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT inventory_locations_pkey PRIMARY KEY (id),
	CONSTRAINT inventory_locations_code_key UNIQUE (code)
);

CREATE TABLE ledger_accounts (
	id UUID NOT NULL,
	code VARCHAR NOT NULL,
	currency VARCHAR(3) NOT NULL,
	kind VARCHAR NOT NULL,
	may_go_negative BOOLEAN NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT ledger_accounts_pkey PRIMARY KEY (id),
	CONSTRAINT ledger_accounts_code_currency_key UNIQUE (code, currency),
	CONSTRAINT ledger_accounts_id_currency_key UNIQUE (id, currency)
);

CREATE TABLE ledger_blocks (
	number INTEGER NOT NULL,
	transaction_count INTEGER NOT NULL,
	first_sequence BIGINT NOT NULL,
	last_sequence BIGINT NOT NULL,
	previous_hash VARCHAR NOT NULL,
	hash VARCHAR NOT NULL,
	sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	snapshot_xmax xid8 NOT NULL,
	top_transfer_id BIGINT NOT NULL,
	floor_transfer_id BIGINT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT ledger_blocks_pkey PRIMARY KEY (number),
	CONSTRAINT ledger_blocks_previous_hash_key UNIQUE (previous_hash)
);

CREATE TABLE ledger_transactions (
	id UUID NOT NULL,
	idempotency_key VARCHAR NOT NULL,
	content_hash VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	reference VARCHAR NOT NULL,
	business_date DATE NOT NULL,
	posted_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
	sequence BIGINT GENERATED ALWAYS AS IDENTITY,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT ledger_transactions_pkey PRIMARY KEY (id),
	CONSTRAINT ledger_transactions_idempotency_key_key UNIQUE (idempotency_key),
	CONSTRAINT ledger_transactions_sequence_key UNIQUE (sequence)
);

CREATE INDEX ledger_transactions_reference_idx ON ledger_transactions (reference);

CREATE TABLE media_assets (
	id UUID NOT NULL,
	sha256 VARCHAR NOT NULL,
	content_type VARCHAR NOT NULL,
	byte_size BIGINT NOT NULL,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	source_key VARCHAR NOT NULL,
	status VARCHAR DEFAULT 'pending' NOT NULL,
	failure VARCHAR,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT media_assets_pkey PRIMARY KEY (id),
	CONSTRAINT media_assets_status_check CHECK (status IN ('pending', 'ready', 'failed')),
	CONSTRAINT media_assets_failure_check CHECK ((status = 'failed') = (failure IS NOT NULL)),
	CONSTRAINT media_assets_size_check CHECK (width > 0 AND height > 0 AND byte_size > 0),
	CONSTRAINT media_assets_sha256_key UNIQUE (sha256)
);

CREATE TABLE orders_carts (
	id UUID NOT NULL,
	token_hash VARCHAR NOT NULL,
	status VARCHAR DEFAULT 'open' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT orders_carts_pkey PRIMARY KEY (id),
	CONSTRAINT orders_carts_status_check CHECK (status IN ('open', 'placed')),
	CONSTRAINT orders_carts_token_hash_key UNIQUE (token_hash)
);

CREATE TABLE payments_attempts (
	id UUID NOT NULL,
	reference VARCHAR NOT NULL,
	purpose VARCHAR NOT NULL,
	gateway VARCHAR NOT NULL,
	amount_minor BIGINT NOT NULL,
	currency VARCHAR(3) NOT NULL,
	status VARCHAR NOT NULL,
	status_at TIMESTAMP WITH TIME ZONE NOT NULL,
	provider_reference VARCHAR,
	redirect_url VARCHAR,
	return_url TEXT NOT NULL,
	webhook_url VARCHAR NOT NULL,
	idempotency_key VARCHAR NOT NULL,
	failure VARCHAR DEFAULT '' NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT payments_attempts_pkey PRIMARY KEY (id),
	CONSTRAINT payments_attempts_amount_check CHECK (amount_minor > 0),
	CONSTRAINT payments_attempts_status_check CHECK (status IN ('created','pending','unknown','captured','declined','cancelled','expired')),
	CONSTRAINT payments_attempts_idempotency_key_key UNIQUE (idempotency_key)
);

CREATE UNIQUE INDEX payments_attempts_provider_idx ON payments_attempts (gateway, provider_reference) WHERE provider_reference IS NOT NULL;

CREATE INDEX payments_attempts_reference_idx ON payments_attempts (reference);

CREATE INDEX payments_attempts_unfinished_idx ON payments_attempts (status_at) WHERE status IN ('created', 'pending', 'unknown');

CREATE TABLE payments_webhook_events (
	gateway VARCHAR NOT NULL,
	object_id VARCHAR NOT NULL,
	transition VARCHAR NOT NULL,
	our_reference VARCHAR NOT NULL,
	payload JSONB NOT NULL,
	verified_at TIMESTAMP WITH TIME ZONE NOT NULL,
	applied_at TIMESTAMP WITH TIME ZONE,
	outcome VARCHAR DEFAULT '' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT payments_webhook_events_pkey PRIMARY KEY (gateway, object_id, transition)
);

CREATE INDEX payments_webhook_events_unapplied_idx ON payments_webhook_events (verified_at) WHERE applied_at IS NULL;

CREATE TABLE pricing_price_lists (
	id UUID NOT NULL,
	code VARCHAR NOT NULL,
	currency VARCHAR(3) NOT NULL,
	tax_included BOOLEAN NOT NULL,
	is_default BOOLEAN NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pricing_price_lists_pkey PRIMARY KEY (id),
	CONSTRAINT pricing_price_lists_code_key UNIQUE (code)
);

CREATE UNIQUE INDEX pricing_price_lists_default_idx ON pricing_price_lists (is_default) WHERE is_default;

CREATE TABLE schema_version (
	revision VARCHAR NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT schema_version_pkey PRIMARY KEY (revision)
);

CREATE TABLE search_queries_log (
	locale VARCHAR NOT NULL,
	query VARCHAR NOT NULL,
	count INTEGER DEFAULT '1' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT search_queries_log_pkey PRIMARY KEY (locale, query)
);

CREATE TABLE search_terms (
	locale VARCHAR NOT NULL,
	term VARCHAR NOT NULL,
	skeleton VARCHAR NOT NULL,
	label VARCHAR NOT NULL,
	weight INTEGER NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT search_terms_pkey PRIMARY KEY (locale, term)
);

CREATE INDEX search_terms_begin_idx ON search_terms (locale, term text_pattern_ops);

CREATE INDEX search_terms_skeleton_idx ON search_terms USING gin (skeleton gin_trgm_ops);

CREATE TABLE sellers_sellers (
	id UUID NOT NULL,
	code VARCHAR NOT NULL,
	name JSONB NOT NULL,
	kind VARCHAR NOT NULL,
	status VARCHAR DEFAULT 'active' NOT NULL,
	legal_name VARCHAR NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT sellers_sellers_pkey PRIMARY KEY (id),
	CONSTRAINT sellers_sellers_kind_check CHECK (kind IN ('own', 'partner')),
	CONSTRAINT sellers_sellers_status_check CHECK (status IN ('active', 'suspended')),
	CONSTRAINT sellers_sellers_code_key UNIQUE (code)
);

CREATE UNIQUE INDEX sellers_sellers_own_idx ON sellers_sellers (kind) WHERE kind = 'own';

CREATE TABLE tenancy_audit_entries (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	noun VARCHAR NOT NULL,
	noun_id VARCHAR NOT NULL,
	verb VARCHAR NOT NULL,
	before JSONB NOT NULL,
	after JSONB NOT NULL,
	actor JSONB NOT NULL,
	request_id VARCHAR NOT NULL,
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT tenancy_audit_entries_pkey PRIMARY KEY (id)
);

CREATE INDEX tenancy_audit_entries_noun_idx ON tenancy_audit_entries (noun, noun_id);

CREATE TABLE catalogue_categories (
	id UUID NOT NULL,
	code VARCHAR NOT NULL,
	parent_id UUID,
	name JSONB NOT NULL,
	description JSONB NOT NULL,
	picture_id UUID,
	position INTEGER DEFAULT '0' NOT NULL,
	is_active BOOLEAN DEFAULT 'true' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_categories_pkey PRIMARY KEY (id),
	CONSTRAINT catalogue_categories_parent_check CHECK (parent_id <> id),
	CONSTRAINT catalogue_categories_code_key UNIQUE (code),
	CONSTRAINT catalogue_categories_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES catalogue_categories (id),
	CONSTRAINT catalogue_categories_picture_id_fkey FOREIGN KEY(picture_id) REFERENCES media_assets (id)
);

CREATE INDEX catalogue_categories_parent_id_idx ON catalogue_categories (parent_id);

CREATE TABLE catalogue_import_rows (
	run_id UUID NOT NULL,
	position INTEGER NOT NULL,
	line INTEGER NOT NULL,
	source_key VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	outcome VARCHAR NOT NULL,
	code VARCHAR NOT NULL,
	"column" VARCHAR NOT NULL,
	text VARCHAR NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_import_rows_pkey PRIMARY KEY (run_id, position),
	CONSTRAINT catalogue_import_rows_status_check CHECK (status IN ('ok', 'failed', 'skipped', 'note')),
	CONSTRAINT catalogue_import_rows_run_id_fkey FOREIGN KEY(run_id) REFERENCES catalogue_import_runs (id)
);

CREATE TABLE identity_staff_sessions (
	id UUID NOT NULL,
	token_hash VARCHAR NOT NULL,
	staff_id UUID NOT NULL,
	status VARCHAR NOT NULL,
	tries INTEGER DEFAULT '0' NOT NULL,
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	user_agent VARCHAR NOT NULL,
	address VARCHAR NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT identity_staff_sessions_pkey PRIMARY KEY (id),
	CONSTRAINT identity_staff_sessions_status_check CHECK (status IN ('pending', 'live', 'ended')),
	CONSTRAINT identity_staff_sessions_ended_at_check CHECK ((status = 'ended') = (ended_at IS NOT NULL)),
	CONSTRAINT identity_staff_sessions_token_hash_key UNIQUE (token_hash),
	CONSTRAINT identity_staff_sessions_staff_id_fkey FOREIGN KEY(staff_id) REFERENCES identity_staff (id)
);

CREATE INDEX identity_staff_sessions_staff_idx ON identity_staff_sessions (staff_id, created_at);

CREATE TABLE ledger_block_entries (
	transaction_id UUID NOT NULL,
	block_number INTEGER NOT NULL,
	position INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT ledger_block_entries_pkey PRIMARY KEY (transaction_id),
	CONSTRAINT ledger_block_entries_block_number_position_key UNIQUE (block_number, position),
	CONSTRAINT ledger_block_entries_transaction_id_fkey FOREIGN KEY(transaction_id) REFERENCES ledger_transactions (id),
	CONSTRAINT ledger_block_entries_block_number_fkey FOREIGN KEY(block_number) REFERENCES ledger_blocks (number)
);

CREATE TABLE ledger_snapshots (
	account_id UUID NOT NULL,
	block_number INTEGER NOT NULL,
	currency VARCHAR(3) NOT NULL,
	balance_minor BIGINT NOT NULL,
	floor_transfer_id BIGINT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT ledger_snapshots_pkey PRIMARY KEY (account_id, block_number),
	CONSTRAINT ledger_snapshots_account_id_currency_fkey FOREIGN KEY(account_id, currency) REFERENCES ledger_accounts (id, currency),
	CONSTRAINT ledger_snapshots_block_number_fkey FOREIGN KEY(block_number) REFERENCES ledger_blocks (number)
);

CREATE TABLE ledger_transfers (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	transaction_id UUID NOT NULL,
	debit_account_id UUID NOT NULL,
	credit_account_id UUID NOT NULL,
	currency VARCHAR(3) NOT NULL,
	amount_minor BIGINT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT ledger_transfers_pkey PRIMARY KEY (id),
	CONSTRAINT ledger_transfers_debit_account_id_currency_fkey FOREIGN KEY(debit_account_id, currency) REFERENCES ledger_accounts (id, currency),
	CONSTRAINT ledger_transfers_credit_account_id_currency_fkey FOREIGN KEY(credit_account_id, currency) REFERENCES ledger_accounts (id, currency),
	CONSTRAINT ledger_transfers_amount_check CHECK (amount_minor > 0),
	CONSTRAINT ledger_transfers_sides_check CHECK (debit_account_id <> credit_account_id),
	CONSTRAINT ledger_transfers_transaction_id_fkey FOREIGN KEY(transaction_id) REFERENCES ledger_transactions (id)
);

CREATE INDEX ledger_transfers_credit_idx ON ledger_transfers (credit_account_id, id);

CREATE INDEX ledger_transfers_debit_idx ON ledger_transfers (debit_account_id, id);

CREATE INDEX ledger_transfers_transaction_id_idx ON ledger_transfers (transaction_id);

CREATE TABLE media_renditions (
	asset_id UUID NOT NULL,
	format VARCHAR NOT NULL,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	path VARCHAR NOT NULL,
	byte_size BIGINT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT media_renditions_pkey PRIMARY KEY (asset_id, format, width),
	CONSTRAINT media_renditions_format_check CHECK (format IN ('avif', 'webp', 'jpeg', 'png')),
	CONSTRAINT media_renditions_asset_id_fkey FOREIGN KEY(asset_id) REFERENCES media_assets (id)
);

CREATE TABLE orders_groups (
	id UUID NOT NULL,
	cart_id UUID NOT NULL,
	idempotency_key VARCHAR NOT NULL,
	body_hash VARCHAR NOT NULL,
	number BIGINT,
	token_hash VARCHAR NOT NULL,
	token TEXT NOT NULL,
	status VARCHAR NOT NULL,
	closed_reason VARCHAR DEFAULT '' NOT NULL,
	email VARCHAR NOT NULL,
	phone VARCHAR NOT NULL,
	address JSONB NOT NULL,
	locale VARCHAR NOT NULL,
	delivery JSONB NOT NULL,
	gateway VARCHAR NOT NULL,
	quote JSONB NOT NULL,
	quote_inputs JSONB NOT NULL,
	quote_hash VARCHAR NOT NULL,
	currency VARCHAR(3) NOT NULL,
	items_minor BIGINT NOT NULL,
	delivery_minor BIGINT NOT NULL,
	fee_minor BIGINT NOT NULL,
	tax_minor BIGINT NOT NULL,
	rounding_minor BIGINT NOT NULL,
	total_minor BIGINT NOT NULL,
	placed_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT orders_groups_pkey PRIMARY KEY (id),
	CONSTRAINT orders_groups_cart_id_idempotency_key_key UNIQUE (cart_id, idempotency_key),
	CONSTRAINT orders_groups_status_check CHECK (status IN ('drafted', 'placed', 'cancelled', 'superseded', 'expired')),
	CONSTRAINT orders_groups_total_check CHECK (total_minor = items_minor + delivery_minor + fee_minor + rounding_minor AND total_minor >= 0),
	CONSTRAINT orders_groups_placed_check CHECK ((status <> 'placed') OR (number IS NOT NULL AND placed_at IS NOT NULL)),
	CONSTRAINT orders_groups_cart_id_fkey FOREIGN KEY(cart_id) REFERENCES orders_carts (id),
	CONSTRAINT orders_groups_number_key UNIQUE (number),
	CONSTRAINT orders_groups_token_hash_key UNIQUE (token_hash)
);

CREATE INDEX orders_groups_created_idx ON orders_groups (created_at);

CREATE UNIQUE INDEX orders_groups_drafted_idx ON orders_groups (cart_id) WHERE status = 'drafted';

CREATE UNIQUE INDEX orders_groups_placed_idx ON orders_groups (cart_id) WHERE placed_at IS NOT NULL;

CREATE TABLE payments_payments (
	id UUID NOT NULL,
	attempt_id UUID NOT NULL,
	gateway VARCHAR NOT NULL,
	provider_reference VARCHAR NOT NULL,
	captured_minor BIGINT NOT NULL,
	currency VARCHAR(3) NOT NULL,
	captured_at TIMESTAMP WITH TIME ZONE NOT NULL,
	home VARCHAR NOT NULL,
	problem VARCHAR DEFAULT '' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT payments_payments_pkey PRIMARY KEY (id),
	CONSTRAINT payments_payments_gateway_provider_reference_key UNIQUE (gateway, provider_reference),
	CONSTRAINT payments_payments_captured_check CHECK (captured_minor > 0),
	CONSTRAINT payments_payments_home_check CHECK (home IN ('order','suspense')),
	CONSTRAINT payments_payments_attempt_id_fkey FOREIGN KEY(attempt_id) REFERENCES payments_attempts (id)
);

CREATE INDEX payments_payments_attempt_id_idx ON payments_payments (attempt_id);

CREATE TABLE catalogue_products (
	id UUID NOT NULL,
	source VARCHAR NOT NULL,
	external_id VARCHAR NOT NULL,
	category_id UUID,
	brand VARCHAR NOT NULL,
	title JSONB NOT NULL,
	summary JSONB NOT NULL,
	description JSONB NOT NULL,
	tax_category VARCHAR NOT NULL,
	attributes JSONB NOT NULL,
	options JSONB NOT NULL,
	keywords JSONB NOT NULL,
	status VARCHAR NOT NULL,
	archived_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_products_pkey PRIMARY KEY (id),
	CONSTRAINT catalogue_products_source_external_id_key UNIQUE (source, external_id),
	CONSTRAINT catalogue_products_status_check CHECK (status IN ('draft', 'active', 'archived')),
	CONSTRAINT catalogue_products_archived_at_check CHECK ((status = 'archived') = (archived_at IS NOT NULL)),
	CONSTRAINT catalogue_products_category_id_fkey FOREIGN KEY(category_id) REFERENCES catalogue_categories (id)
);

CREATE INDEX catalogue_products_category_id_idx ON catalogue_products (category_id);

CREATE INDEX catalogue_products_status_idx ON catalogue_products (status, id);

CREATE TABLE escrow_holds (
	id UUID NOT NULL,
	order_id VARCHAR NOT NULL,
	payment_id UUID NOT NULL,
	currency VARCHAR(3) NOT NULL,
	amount_minor BIGINT NOT NULL,
	refunded_minor BIGINT DEFAULT '0' NOT NULL,
	released_minor BIGINT DEFAULT '0' NOT NULL,
	split JSONB NOT NULL,
	status VARCHAR NOT NULL,
	held_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT escrow_holds_pkey PRIMARY KEY (id),
	CONSTRAINT escrow_holds_order_id_payment_id_key UNIQUE (order_id, payment_id),
	CONSTRAINT escrow_holds_amounts_check CHECK (amount_minor > 0 AND refunded_minor >= 0 AND released_minor >= 0),
	CONSTRAINT escrow_holds_within_amount_check CHECK (refunded_minor + released_minor <= amount_minor),
	CONSTRAINT escrow_holds_status_check CHECK (status IN ('held','frozen','released','refunded')),
	CONSTRAINT escrow_holds_payment_id_fkey FOREIGN KEY(payment_id) REFERENCES payments_payments (id)
);

CREATE INDEX escrow_holds_payment_id_idx ON escrow_holds (payment_id);

CREATE TABLE orders_orders (
	id UUID NOT NULL,
	group_id UUID NOT NULL,
	seller_id UUID NOT NULL,
	merchant_of_record_id UUID NOT NULL,
	number VARCHAR,
	status VARCHAR NOT NULL,
	currency VARCHAR(3) NOT NULL,
	total_minor BIGINT NOT NULL,
	tax_minor BIGINT NOT NULL,
	placed_at TIMESTAMP WITH TIME ZONE,
	packed_at TIMESTAMP WITH TIME ZONE,
	shipped_at TIMESTAMP WITH TIME ZONE,
	cancelled_at TIMESTAMP WITH TIME ZONE,
	cancelled_by VARCHAR DEFAULT '' NOT NULL,
	cancelled_reason VARCHAR DEFAULT '' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT orders_orders_pkey PRIMARY KEY (id),
	CONSTRAINT orders_orders_status_check CHECK (status IN ('drafted', 'placed', 'packed', 'shipped', 'cancelled', 'discarded')),
	CONSTRAINT orders_orders_group_id_fkey FOREIGN KEY(group_id) REFERENCES orders_groups (id),
	CONSTRAINT orders_orders_seller_id_fkey FOREIGN KEY(seller_id) REFERENCES sellers_sellers (id),
	CONSTRAINT orders_orders_merchant_of_record_id_fkey FOREIGN KEY(merchant_of_record_id) REFERENCES sellers_sellers (id),
	CONSTRAINT orders_orders_number_key UNIQUE (number)
);

CREATE INDEX orders_orders_group_id_idx ON orders_orders (group_id);

CREATE INDEX orders_orders_placed_idx ON orders_orders (placed_at) WHERE placed_at IS NOT NULL;

CREATE INDEX orders_orders_status_idx ON orders_orders (status, placed_at);

CREATE TABLE payments_refunds (
	id UUID NOT NULL,
	payment_id UUID NOT NULL,
	reference VARCHAR NOT NULL,
	amount_minor BIGINT NOT NULL,
	currency VARCHAR(3) NOT NULL,
	status VARCHAR NOT NULL,
	status_at TIMESTAMP WITH TIME ZONE NOT NULL,
	reason VARCHAR NOT NULL,
	failure VARCHAR DEFAULT '' NOT NULL,
	provider_reference VARCHAR,
	idempotency_key VARCHAR NOT NULL,
	requested_by JSONB NOT NULL,
	reversed_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT payments_refunds_pkey PRIMARY KEY (id),
	CONSTRAINT payments_refunds_amount_check CHECK (amount_minor > 0),
	CONSTRAINT payments_refunds_status_check CHECK (status IN ('requested','unknown','succeeded','failed')),
	CONSTRAINT payments_refunds_reversed_check CHECK (reversed_at IS NULL OR status = 'failed'),
	CONSTRAINT payments_refunds_payment_id_fkey FOREIGN KEY(payment_id) REFERENCES payments_payments (id),
	CONSTRAINT payments_refunds_idempotency_key_key UNIQUE (idempotency_key)
);

CREATE INDEX payments_refunds_payment_id_idx ON payments_refunds (payment_id);

CREATE INDEX payments_refunds_reference_idx ON payments_refunds (reference);

CREATE INDEX payments_refunds_unfinished_idx ON payments_refunds (status_at) WHERE status IN ('requested', 'unknown');

CREATE TABLE catalogue_product_pictures (
	product_id UUID NOT NULL,
	position INTEGER NOT NULL,
	asset_id UUID NOT NULL,
	alt JSONB NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_product_pictures_pkey PRIMARY KEY (product_id, position),
	CONSTRAINT catalogue_product_pictures_product_id_fkey FOREIGN KEY(product_id) REFERENCES catalogue_products (id),
	CONSTRAINT catalogue_product_pictures_asset_id_fkey FOREIGN KEY(asset_id) REFERENCES media_assets (id)
);

CREATE INDEX catalogue_product_pictures_asset_id_idx ON catalogue_product_pictures (asset_id);

CREATE TABLE catalogue_slugs (
	kind VARCHAR NOT NULL,
	locale VARCHAR NOT NULL,
	slug VARCHAR NOT NULL,
	category_id UUID,
	product_id UUID,
	is_current BOOLEAN NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_slugs_pkey PRIMARY KEY (kind, locale, slug),
	CONSTRAINT catalogue_slugs_target_check CHECK ((kind = 'category' AND category_id IS NOT NULL AND product_id IS NULL) OR (kind = 'product' AND product_id IS NOT NULL AND category_id IS NULL)),
	CONSTRAINT catalogue_slugs_category_id_fkey FOREIGN KEY(category_id) REFERENCES catalogue_categories (id),
	CONSTRAINT catalogue_slugs_product_id_fkey FOREIGN KEY(product_id) REFERENCES catalogue_products (id)
);

CREATE UNIQUE INDEX catalogue_slugs_category_idx ON catalogue_slugs (category_id, locale) WHERE is_current;

CREATE UNIQUE INDEX catalogue_slugs_product_idx ON catalogue_slugs (product_id, locale) WHERE is_current;

CREATE INDEX catalogue_slugs_slug_idx ON catalogue_slugs (kind, slug);

CREATE TABLE catalogue_variants (
	id UUID NOT NULL,
	product_id UUID NOT NULL,
	sku VARCHAR NOT NULL,
	gtin VARCHAR,
	option_values JSONB NOT NULL,
	position INTEGER NOT NULL,
	weight_g INTEGER,
	archived_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_variants_pkey PRIMARY KEY (id),
	CONSTRAINT catalogue_variants_weight_g_check CHECK (weight_g >= 0),
	CONSTRAINT catalogue_variants_product_id_fkey FOREIGN KEY(product_id) REFERENCES catalogue_products (id),
	CONSTRAINT catalogue_variants_sku_key UNIQUE (sku)
);

CREATE INDEX catalogue_variants_product_id_idx ON catalogue_variants (product_id);

CREATE TABLE fulfilment_fulfilments (
	id UUID NOT NULL,
	order_id UUID NOT NULL,
	status VARCHAR NOT NULL,
	packed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	packed_by VARCHAR NOT NULL,
	shipped_at TIMESTAMP WITH TIME ZONE,
	shipped_by VARCHAR DEFAULT '' NOT NULL,
	carrier VARCHAR DEFAULT '' NOT NULL,
	tracking_code VARCHAR DEFAULT '' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT fulfilment_fulfilments_pkey PRIMARY KEY (id),
	CONSTRAINT fulfilment_fulfilments_status_check CHECK (status IN ('packed', 'shipped')),
	CONSTRAINT fulfilment_fulfilments_shipped_at_check CHECK ((status = 'shipped') = (shipped_at IS NOT NULL)),
	CONSTRAINT fulfilment_fulfilments_carrier_check CHECK (status = 'packed' OR carrier <> ''),
	CONSTRAINT fulfilment_fulfilments_order_id_key UNIQUE (order_id),
	CONSTRAINT fulfilment_fulfilments_order_id_fkey FOREIGN KEY(order_id) REFERENCES orders_orders (id)
);

CREATE TABLE search_documents (
	product_id UUID NOT NULL,
	locale VARCHAR NOT NULL,
	product_version INTEGER NOT NULL,
	slug VARCHAR NOT NULL,
	title VARCHAR NOT NULL,
	brand VARCHAR NOT NULL,
	category_code VARCHAR,
	category_codes TEXT[] NOT NULL,
	picture_id UUID,
	picture_alt VARCHAR NOT NULL,
	heading VARCHAR NOT NULL,
	text VARCHAR NOT NULL,
	terms TSVECTOR NOT NULL,
	facet_keys TEXT[] NOT NULL,
	facet_labels TEXT[] NOT NULL,
	words TEXT[] NOT NULL,
	word_labels TEXT[] NOT NULL,
	price_minor BIGINT,
	highest_price_minor BIGINT,
	compare_at_minor BIGINT,
	currency VARCHAR(3),
	is_available BOOLEAN NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT search_documents_pkey PRIMARY KEY (product_id, locale),
	CONSTRAINT search_documents_facets_check CHECK (cardinality(facet_keys) = cardinality(facet_labels)),
	CONSTRAINT search_documents_words_check CHECK (cardinality(words) = cardinality(word_labels)),
	CONSTRAINT search_documents_price_check CHECK ((price_minor IS NULL) = (currency IS NULL)),
	CONSTRAINT search_documents_highest_price_check CHECK (highest_price_minor >= price_minor),
	CONSTRAINT search_documents_product_id_fkey FOREIGN KEY(product_id) REFERENCES catalogue_products (id),
	CONSTRAINT search_documents_picture_id_fkey FOREIGN KEY(picture_id) REFERENCES media_assets (id)
);

CREATE INDEX search_documents_categories_idx ON search_documents USING gin (category_codes);

CREATE INDEX search_documents_facets_idx ON search_documents USING gin (facet_keys);

CREATE INDEX search_documents_newest_idx ON search_documents (locale, is_available, product_id);

CREATE INDEX search_documents_price_idx ON search_documents (locale, price_minor, product_id);

CREATE INDEX search_documents_terms_idx ON search_documents USING gin (terms);

CREATE INDEX search_documents_text_idx ON search_documents USING gin (text gin_trgm_ops);

CREATE TABLE catalogue_offers (
	id UUID NOT NULL,
	variant_id UUID NOT NULL,
	seller_id UUID NOT NULL,
	status VARCHAR DEFAULT 'active' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_offers_pkey PRIMARY KEY (id),
	CONSTRAINT catalogue_offers_variant_id_seller_id_key UNIQUE (variant_id, seller_id),
	CONSTRAINT catalogue_offers_status_check CHECK (status IN ('active', 'paused', 'archived')),
	CONSTRAINT catalogue_offers_variant_id_fkey FOREIGN KEY(variant_id) REFERENCES catalogue_variants (id),
	CONSTRAINT catalogue_offers_seller_id_fkey FOREIGN KEY(seller_id) REFERENCES sellers_sellers (id)
);

CREATE INDEX catalogue_offers_seller_id_idx ON catalogue_offers (seller_id);

CREATE TABLE inventory_levels (
	offer_id UUID NOT NULL,
	location_id UUID NOT NULL,
	on_hand INTEGER DEFAULT '0' NOT NULL,
	reserved INTEGER DEFAULT '0' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT inventory_levels_pkey PRIMARY KEY (offer_id, location_id),
	CONSTRAINT inventory_levels_on_hand_check CHECK (on_hand >= 0),
	CONSTRAINT inventory_levels_reserved_check CHECK (reserved >= 0 AND reserved <= on_hand),
	CONSTRAINT inventory_levels_offer_id_fkey FOREIGN KEY(offer_id) REFERENCES catalogue_offers (id),
	CONSTRAINT inventory_levels_location_id_fkey FOREIGN KEY(location_id) REFERENCES inventory_locations (id)
);

CREATE TABLE inventory_movements (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	offer_id UUID NOT NULL,
	location_id UUID NOT NULL,
	delta INTEGER NOT NULL,
	reason VARCHAR NOT NULL,
	reference VARCHAR NOT NULL,
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT inventory_movements_pkey PRIMARY KEY (id),
	CONSTRAINT inventory_movements_reason_reference_offer_id_location_id_key UNIQUE (reason, reference, offer_id, location_id),
	CONSTRAINT inventory_movements_reason_check CHECK (reason IN ('received', 'sold', 'returned', 'cancelled', 'adjusted')),
	CONSTRAINT inventory_movements_delta_check CHECK (delta <> 0),
	CONSTRAINT inventory_movements_offer_id_fkey FOREIGN KEY(offer_id) REFERENCES catalogue_offers (id),
	CONSTRAINT inventory_movements_location_id_fkey FOREIGN KEY(location_id) REFERENCES inventory_locations (id)
);

CREATE INDEX inventory_movements_offer_idx ON inventory_movements (offer_id, location_id);

CREATE TABLE inventory_reservations (
	id UUID NOT NULL,
	reference VARCHAR NOT NULL,
	offer_id UUID NOT NULL,
	location_id UUID NOT NULL,
	quantity INTEGER NOT NULL,
	status VARCHAR NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT inventory_reservations_pkey PRIMARY KEY (id),
	CONSTRAINT inventory_reservations_reference_offer_id_key UNIQUE (reference, offer_id),
	CONSTRAINT inventory_reservations_quantity_check CHECK (quantity > 0),
	CONSTRAINT inventory_reservations_status_check CHECK (status IN ('live', 'claimed', 'released', 'expired')),
	CONSTRAINT inventory_reservations_offer_id_fkey FOREIGN KEY(offer_id) REFERENCES catalogue_offers (id),
	CONSTRAINT inventory_reservations_location_id_fkey FOREIGN KEY(location_id) REFERENCES inventory_locations (id)
);

CREATE INDEX inventory_reservations_live_idx ON inventory_reservations (expires_at) WHERE status = 'live';

CREATE INDEX inventory_reservations_offer_idx ON inventory_reservations (offer_id, location_id) WHERE status = 'live';

CREATE TABLE orders_cart_lines (
	id UUID NOT NULL,
	cart_id UUID NOT NULL,
	offer_id UUID NOT NULL,
	quantity INTEGER NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT orders_cart_lines_pkey PRIMARY KEY (id),
	CONSTRAINT orders_cart_lines_cart_id_offer_id_key UNIQUE (cart_id, offer_id),
	CONSTRAINT orders_cart_lines_quantity_check CHECK (quantity BETWEEN 1 AND 9999),
	CONSTRAINT orders_cart_lines_cart_id_fkey FOREIGN KEY(cart_id) REFERENCES orders_carts (id) ON DELETE CASCADE,
	CONSTRAINT orders_cart_lines_offer_id_fkey FOREIGN KEY(offer_id) REFERENCES catalogue_offers (id)
);

CREATE TABLE orders_lines (
	id UUID NOT NULL,
	order_id UUID NOT NULL,
	offer_id UUID NOT NULL,
	position INTEGER NOT NULL,
	sku VARCHAR NOT NULL,
	title JSONB NOT NULL,
	options JSONB NOT NULL,
	picture_id UUID,
	quantity INTEGER NOT NULL,
	unit_minor BIGINT NOT NULL,
	discount_minor BIGINT NOT NULL,
	net_minor BIGINT NOT NULL,
	tax_minor BIGINT NOT NULL,
	tax_rate NUMERIC(9, 6) NOT NULL,
	tax_code VARCHAR NOT NULL,
	total_minor BIGINT NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT orders_lines_pkey PRIMARY KEY (id),
	CONSTRAINT orders_lines_order_id_offer_id_key UNIQUE (order_id, offer_id),
	CONSTRAINT orders_lines_quantity_check CHECK (quantity >= 1),
	CONSTRAINT orders_lines_total_check CHECK (net_minor + tax_minor = total_minor),
	CONSTRAINT orders_lines_order_id_fkey FOREIGN KEY(order_id) REFERENCES orders_orders (id),
	CONSTRAINT orders_lines_offer_id_fkey FOREIGN KEY(offer_id) REFERENCES catalogue_offers (id),
	CONSTRAINT orders_lines_picture_id_fkey FOREIGN KEY(picture_id) REFERENCES media_assets (id)
);

CREATE INDEX orders_lines_order_id_idx ON orders_lines (order_id);

CREATE TABLE pricing_prices (
	price_list_id UUID NOT NULL,
	offer_id UUID NOT NULL,
	amount_minor BIGINT NOT NULL,
	compare_at_minor BIGINT,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pricing_prices_pkey PRIMARY KEY (price_list_id, offer_id),
	CONSTRAINT pricing_prices_amount_check CHECK (amount_minor >= 0),
	CONSTRAINT pricing_prices_compare_at_check CHECK (compare_at_minor > amount_minor),
	CONSTRAINT pricing_prices_price_list_id_fkey FOREIGN KEY(price_list_id) REFERENCES pricing_price_lists (id),
	CONSTRAINT pricing_prices_offer_id_fkey FOREIGN KEY(offer_id) REFERENCES catalogue_offers (id)
);

CREATE INDEX pricing_prices_offer_idx ON pricing_prices (offer_id);

CREATE TABLE orders_unit_statuses (
	line_id UUID NOT NULL,
	status VARCHAR NOT NULL,
	quantity INTEGER NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT orders_unit_statuses_pkey PRIMARY KEY (line_id, status),
	CONSTRAINT orders_unit_statuses_status_check CHECK (status IN ('drafted', 'placed', 'packed', 'shipped', 'cancelled', 'discarded')),
	CONSTRAINT orders_unit_statuses_quantity_check CHECK (quantity >= 0),
	CONSTRAINT orders_unit_statuses_line_id_fkey FOREIGN KEY(line_id) REFERENCES orders_lines (id)
);

REVOKE UPDATE, DELETE, TRUNCATE ON inventory_movements FROM tenant;

CREATE VIEW ledger_postings WITH (security_invoker = true) AS SELECT id AS transfer_id, transaction_id, debit_account_id AS account_id, currency, amount_minor FROM ledger_transfers UNION ALL SELECT id, transaction_id, credit_account_id, currency, -amount_minor FROM ledger_transfers;

REVOKE UPDATE, DELETE, TRUNCATE ON ledger_accounts, ledger_transactions, ledger_transfers, ledger_blocks, ledger_block_entries, ledger_snapshots FROM tenant;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_postings FROM tenant;

REVOKE UPDATE, DELETE, TRUNCATE ON tenancy_audit_entries FROM tenant;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON schema_version FROM tenant;
