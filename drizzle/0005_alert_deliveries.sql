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
