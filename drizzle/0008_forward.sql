CREATE TABLE `forward_events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`sealed` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `forward_waiting` (
	`seq` integer NOT NULL,
	`target` text NOT NULL,
	PRIMARY KEY(`seq`, `target`)
);
