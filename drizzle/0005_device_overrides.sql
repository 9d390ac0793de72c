CREATE TABLE `overrides` (
	`enrollment_id` text PRIMARY KEY NOT NULL,
	`overrides` text NOT NULL
);
