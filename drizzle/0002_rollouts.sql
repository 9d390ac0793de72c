CREATE TABLE `rollout_devices` (
	`policy` text NOT NULL,
	`release` text NOT NULL,
	`enrollment_id` text NOT NULL,
	`ring` text NOT NULL,
	`state` text NOT NULL,
	`since` integer NOT NULL,
	PRIMARY KEY(`policy`, `release`, `enrollment_id`)
);
--> statement-breakpoint
CREATE TABLE `rollouts` (
	`policy` text NOT NULL,
	`release` text NOT NULL,
	`rollout` text NOT NULL,
	PRIMARY KEY(`policy`, `release`)
);
