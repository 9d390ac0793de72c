CREATE TABLE `upstream` (
	`enrollment_id` text PRIMARY KEY NOT NULL,
	`lists` text NOT NULL,
	`heard_at` integer NOT NULL,
	`token` text NOT NULL,
	`changed_at` integer NOT NULL,
	`is_empty` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `upstream_by_heard` ON `upstream` (`is_empty`,`heard_at`);--> statement-breakpoint
CREATE TABLE `upstream_bodies` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`identifier` text NOT NULL,
	`server_token` text NOT NULL,
	`enrollment_id` text NOT NULL,
	`sha256` text NOT NULL,
	`body` text,
	`is_shared` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `upstream_bodies_by_name` ON `upstream_bodies` (`identifier`,`server_token`);