CREATE TABLE `tags` (
	`source` text NOT NULL,
	`subject` text NOT NULL,
	`tags` text NOT NULL,
	PRIMARY KEY(`source`, `subject`)
);
