CREATE TABLE `exchanges` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`enrollment_id` text NOT NULL,
	`exchange` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `exchanges_by_enrollment` ON `exchanges` (`enrollment_id`,`seq`);--> statement-breakpoint
CREATE TABLE `overrides` (
	`enrollment_id` text PRIMARY KEY NOT NULL,
	`overrides` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `timeline` ADD `exchange` integer;