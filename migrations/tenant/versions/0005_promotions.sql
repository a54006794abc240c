CREATE TABLE pricing_promotions (
	id UUID NOT NULL,
	code VARCHAR NOT NULL,
	name JSONB NOT NULL,
	kind VARCHAR NOT NULL,
	benefit JSONB NOT NULL,
	conditions JSONB NOT NULL,
	priority INTEGER DEFAULT '0' NOT NULL,
	is_exclusive BOOLEAN DEFAULT 'false' NOT NULL,
	exclusion_group VARCHAR DEFAULT '' NOT NULL,
	payer VARCHAR NOT NULL,
	starts_local VARCHAR DEFAULT '' NOT NULL,
	ends_local VARCHAR DEFAULT '' NOT NULL,
	needs_coupon BOOLEAN DEFAULT 'false' NOT NULL,
	usage_limit INTEGER,
	shopper_limit INTEGER,
	budget_minor BIGINT,
	used_count INTEGER DEFAULT '0' NOT NULL,
	spent_minor BIGINT DEFAULT '0' NOT NULL,
	returns_on_cancel BOOLEAN DEFAULT 'true' NOT NULL,
	status VARCHAR DEFAULT 'draft' NOT NULL,
	activated_at TIMESTAMP WITH TIME ZONE,
	ended_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pricing_promotions_pkey PRIMARY KEY (id),
	CONSTRAINT pricing_promotions_kind_check CHECK (kind IN ('catalogue', 'cart')),
	CONSTRAINT pricing_promotions_payer_check CHECK (payer IN ('seller', 'partner', 'platform')),
	CONSTRAINT pricing_promotions_status_check CHECK (status IN ('draft', 'active', 'ended')),
	CONSTRAINT pricing_promotions_used_check CHECK (used_count >= 0 AND used_count <= usage_limit),
	CONSTRAINT pricing_promotions_spent_check CHECK (spent_minor >= 0 AND spent_minor <= budget_minor),
	CONSTRAINT pricing_promotions_code_key UNIQUE (code)
);
CREATE INDEX pricing_promotions_active_idx ON pricing_promotions (kind) WHERE status = 'active';
CREATE TABLE pricing_coupon_batches (
	id UUID NOT NULL,
	promotion_id UUID NOT NULL,
	prefix VARCHAR NOT NULL,
	wanted INTEGER NOT NULL,
	made INTEGER DEFAULT '0' NOT NULL,
	usage_limit INTEGER,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pricing_coupon_batches_pkey PRIMARY KEY (id),
	CONSTRAINT pricing_coupon_batches_made_check CHECK (made >= 0 AND made <= wanted),
	CONSTRAINT pricing_coupon_batches_promotion_id_fkey FOREIGN KEY(promotion_id) REFERENCES pricing_promotions (id)
);
CREATE INDEX pricing_coupon_batches_promotion_id_idx ON pricing_coupon_batches (promotion_id);
CREATE TABLE pricing_coupons (
	id UUID NOT NULL,
	promotion_id UUID NOT NULL,
	batch_id UUID,
	code VARCHAR NOT NULL,
	shown VARCHAR NOT NULL,
	usage_limit INTEGER,
	used_count INTEGER DEFAULT '0' NOT NULL,
	is_active BOOLEAN DEFAULT 'true' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pricing_coupons_pkey PRIMARY KEY (id),
	CONSTRAINT pricing_coupons_used_check CHECK (used_count >= 0 AND used_count <= usage_limit),
	CONSTRAINT pricing_coupons_promotion_id_fkey FOREIGN KEY(promotion_id) REFERENCES pricing_promotions (id),
	CONSTRAINT pricing_coupons_batch_id_fkey FOREIGN KEY(batch_id) REFERENCES pricing_coupon_batches (id),
	CONSTRAINT pricing_coupons_code_key UNIQUE (code)
);
CREATE INDEX pricing_coupons_batch_id_idx ON pricing_coupons (batch_id);
CREATE INDEX pricing_coupons_promotion_id_idx ON pricing_coupons (promotion_id);
CREATE TABLE pricing_promotion_uses (
	id UUID NOT NULL,
	promotion_id UUID NOT NULL,
	coupon_id UUID,
	reference VARCHAR NOT NULL,
	shopper VARCHAR NOT NULL,
	amount_minor BIGINT NOT NULL,
	status VARCHAR NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pricing_promotion_uses_pkey PRIMARY KEY (id),
	CONSTRAINT pricing_promotion_uses_reference_promotion_id_key UNIQUE (reference, promotion_id),
	CONSTRAINT pricing_promotion_uses_amount_check CHECK (amount_minor > 0),
	CONSTRAINT pricing_promotion_uses_status_check CHECK (status IN ('live', 'consumed', 'released', 'returned')),
	CONSTRAINT pricing_promotion_uses_promotion_id_fkey FOREIGN KEY(promotion_id) REFERENCES pricing_promotions (id),
	CONSTRAINT pricing_promotion_uses_coupon_id_fkey FOREIGN KEY(coupon_id) REFERENCES pricing_coupons (id)
);
CREATE INDEX pricing_promotion_uses_coupon_id_idx ON pricing_promotion_uses (coupon_id);
CREATE INDEX pricing_promotion_uses_live_idx ON pricing_promotion_uses (expires_at) WHERE status = 'live';
CREATE INDEX pricing_promotion_uses_promotion_idx ON pricing_promotion_uses (promotion_id, status);
CREATE TABLE pricing_shopper_uses (
	promotion_id UUID NOT NULL,
	shopper VARCHAR NOT NULL,
	used_count INTEGER NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pricing_shopper_uses_pkey PRIMARY KEY (promotion_id, shopper),
	CONSTRAINT pricing_shopper_uses_used_check CHECK (used_count >= 0),
	CONSTRAINT pricing_shopper_uses_promotion_id_fkey FOREIGN KEY(promotion_id) REFERENCES pricing_promotions (id)
);
CREATE TABLE escrow_subsidies (
	order_id VARCHAR NOT NULL,
	payer VARCHAR NOT NULL,
	currency VARCHAR(3) NOT NULL,
	amount_minor BIGINT NOT NULL,
	returned_minor BIGINT DEFAULT '0' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT escrow_subsidies_pkey PRIMARY KEY (order_id, payer),
	CONSTRAINT escrow_subsidies_payer_check CHECK (payer IN ('partner', 'platform')),
	CONSTRAINT escrow_subsidies_amount_check CHECK (amount_minor > 0),
	CONSTRAINT escrow_subsidies_returned_check CHECK (returned_minor IN (0, amount_minor))
);
ALTER TABLE orders_carts ADD COLUMN coupon VARCHAR DEFAULT '' NOT NULL;
ALTER TABLE orders_orders ADD COLUMN discounts JSONB DEFAULT '[]' NOT NULL;
ALTER TABLE orders_lines ADD COLUMN discounts JSONB DEFAULT '[]' NOT NULL;
