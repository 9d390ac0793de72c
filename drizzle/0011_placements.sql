CREATE TABLE `placed_groups` (
	`name` text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE `placements` (
	`enrollment_id` text PRIMARY KEY NOT NULL,
	`token` text,
	`placement` text NOT NULL
);
