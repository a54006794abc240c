CREATE TABLE catalogue_attributes (
	code VARCHAR NOT NULL,
	label JSONB NOT NULL,
	kind VARCHAR NOT NULL,
	unit VARCHAR NOT NULL,
	is_filterable BOOLEAN NOT NULL,
	is_fixed BOOLEAN DEFAULT 'false' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_attributes_pkey PRIMARY KEY (code),
	CONSTRAINT catalogue_attributes_kind_check CHECK (kind IN ('text', 'integer', 'decimal', 'boolean', 'choice', 'multi'))
);
CREATE TABLE catalogue_export_runs (
	id UUID NOT NULL,
	format VARCHAR NOT NULL,
	source VARCHAR NOT NULL,
	locale VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	started_by JSONB NOT NULL,
	finished_at TIMESTAMP WITH TIME ZONE,
	object_name VARCHAR DEFAULT '' NOT NULL,
	size BIGINT DEFAULT '0' NOT NULL,
	done INTEGER DEFAULT '0' NOT NULL,
	total INTEGER DEFAULT '0' NOT NULL,
	lost JSONB DEFAULT '{}' NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	version INTEGER DEFAULT '1' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT catalogue_export_runs_pkey PRIMARY KEY (id),
	CONSTRAINT catalogue_export_runs_status_check CHECK (status IN ('waiting', 'running', 'finished', 'failed')),
	CONSTRAINT catalogue_export_runs_finished_at_check CHECK ((status IN ('finished', 'failed')) = (finished_at IS NOT NULL))
);
CREATE INDEX catalogue_export_runs_finished_idx ON catalogue_export_runs (finished_at);
ALTER TABLE catalogue_import_runs
	ADD COLUMN is_dry_run BOOLEAN DEFAULT 'false' NOT NULL,
	ADD COLUMN position INTEGER DEFAULT '0' NOT NULL,
	ADD COLUMN counts JSONB DEFAULT '{}' NOT NULL,
	ADD COLUMN total INTEGER DEFAULT '0' NOT NULL,
	ADD COLUMN upload VARCHAR DEFAULT '' NOT NULL,
	ADD COLUMN mapping VARCHAR DEFAULT '' NOT NULL,
	ADD COLUMN locale VARCHAR DEFAULT '' NOT NULL,
	DROP CONSTRAINT catalogue_import_runs_status_check,
	DROP CONSTRAINT catalogue_import_runs_finished_at_check,
	ADD CONSTRAINT catalogue_import_runs_status_check CHECK (status IN ('waiting', 'running', 'finished', 'failed')),
	ADD CONSTRAINT catalogue_import_runs_finished_at_check CHECK ((status IN ('finished', 'failed')) = (finished_at IS NOT NULL));
DROP INDEX catalogue_import_runs_open_idx;
CREATE UNIQUE INDEX catalogue_import_runs_open_idx ON catalogue_import_runs (source, sha256, is_dry_run) WHERE status IN ('waiting', 'running');
ALTER TABLE catalogue_import_rows ADD COLUMN facts JSONB DEFAULT '{}' NOT NULL;
UPDATE catalogue_import_runs SET position = coalesce((SELECT max(position) FROM catalogue_import_rows WHERE run_id = catalogue_import_runs.id), 0);
