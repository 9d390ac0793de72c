CREATE TABLE `alert_deliveries` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`target` text NOT NULL,
	`at` integer NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alert_deliveries_by_target` ON `alert_deliveries` (`target`,`id`);--> statement-breakpoint
CREATE TABLE `alert_episodes` (
	`id` text PRIMARY KEY NOT NULL,
	`episode` text NOT NULL
);
--> statement-breakpoint
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
ALTER TABLE `enrollments` ADD `owners_page` text;--> statement-breakpoint
CREATE INDEX `enrollments_by_page` ON `enrollments` (`owners_page`) WHERE "enrollments"."owners_page" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `timeline` ADD `exchange` integer;