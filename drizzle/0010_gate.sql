CREATE TABLE `gate_contacts` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`device` text,
	`udid` text,
	`outcome` text NOT NULL,
	`is_verified` integer NOT NULL,
	`contact` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `gate_contacts_by_device` ON `gate_contacts` (`device`,`outcome`,`at`);--> statement-breakpoint
CREATE INDEX `gate_contacts_by_trust` ON `gate_contacts` (`is_verified`,`seq`);