CREATE TABLE platform.partners (
	id UUID NOT NULL,
	code VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT partners_pkey PRIMARY KEY (id),
	CONSTRAINT partners_code_key UNIQUE (code)
);

CREATE TABLE platform.tenants (
	id TEXT NOT NULL,
	slug VARCHAR,
	status VARCHAR NOT NULL,
	partner_id UUID,
	market VARCHAR,
	blueprint VARCHAR NOT NULL,
	revision VARCHAR NOT NULL,
	document JSONB DEFAULT '{}' NOT NULL,
	document_hash VARCHAR DEFAULT '' NOT NULL,
	applied_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT tenants_pkey PRIMARY KEY (id),
	CONSTRAINT tenants_status_check CHECK (status IN ('building','spare','provisioning','active','suspended')),
	CONSTRAINT tenants_slug_check CHECK ((slug IS NULL) = (status IN ('building', 'spare'))),
	CONSTRAINT tenants_id_check CHECK (id ~ '^t_[0-9a-z]{26}$'),
	CONSTRAINT tenants_slug_key UNIQUE (slug),
	CONSTRAINT tenants_partner_id_fkey FOREIGN KEY(partner_id) REFERENCES platform.partners (id)
);

CREATE INDEX tenants_status_idx ON platform.tenants (status);

CREATE TABLE platform.legal_entities (
	id UUID NOT NULL,
	tenant_id TEXT NOT NULL,
	name VARCHAR NOT NULL,
	registration VARCHAR NOT NULL,
	address JSONB NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT legal_entities_pkey PRIMARY KEY (id),
	CONSTRAINT legal_entities_tenant_id_key UNIQUE (tenant_id),
	CONSTRAINT legal_entities_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES platform.tenants (id)
);

CREATE TABLE platform.storefronts (
	id UUID NOT NULL,
	tenant_id TEXT NOT NULL,
	code VARCHAR NOT NULL,
	locales TEXT[] NOT NULL,
	document JSONB NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT storefronts_pkey PRIMARY KEY (id),
	CONSTRAINT storefronts_tenant_id_code_key UNIQUE (tenant_id, code),
	CONSTRAINT storefronts_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES platform.tenants (id)
);

CREATE INDEX storefronts_tenant_id_idx ON platform.storefronts (tenant_id);

CREATE TABLE platform.tenant_migrations (
	tenant_id TEXT NOT NULL,
	revision VARCHAR NOT NULL,
	status VARCHAR DEFAULT 'waiting' NOT NULL,
	failure VARCHAR,
	finished_at TIMESTAMP WITH TIME ZONE,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT tenant_migrations_pkey PRIMARY KEY (tenant_id, revision),
	CONSTRAINT tenant_migrations_status_check CHECK (status IN ('waiting', 'done', 'failed')),
	CONSTRAINT tenant_migrations_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES platform.tenants (id)
);

CREATE INDEX tenant_migrations_open_idx ON platform.tenant_migrations (revision, tenant_id) WHERE status <> 'done';

CREATE TABLE platform.domains (
	host VARCHAR NOT NULL,
	tenant_id TEXT NOT NULL,
	storefront_id UUID NOT NULL,
	face VARCHAR NOT NULL,
	status VARCHAR DEFAULT 'active' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT domains_pkey PRIMARY KEY (host),
	CONSTRAINT domains_host_check CHECK (host = lower(host) AND host !~ '[:/ ]'),
	CONSTRAINT domains_face_check CHECK (face IN ('storefront', 'partner_console', 'seller_centre')),
	CONSTRAINT domains_tenant_id_fkey FOREIGN KEY(tenant_id) REFERENCES platform.tenants (id),
	CONSTRAINT domains_storefront_id_fkey FOREIGN KEY(storefront_id) REFERENCES platform.storefronts (id)
);

CREATE INDEX domains_tenant_id_idx ON platform.domains (tenant_id);
