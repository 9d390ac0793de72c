/** One command in the queue of one enrollment. */
export interface QueuedCommand {
  commandUuid: string;
  requestType: string;
  raw: Uint8Array;
  isNotNow: boolean;
}

/** The commands queued for one enrollment, first in, first out. */
export interface CommandQueue {
  add(command: Omit<QueuedCommand, 'isNotNow'>): void;
  /** The next one to hand out. */
  next(skipNotNow: boolean): QueuedCommand | undefined;
  /** A report other than Idle for this UUID. */
  report(commandUuid: string, status: string): void;
  list(): readonly QueuedCommand[];
  /** One of its own with the same content. */
  copy(): CommandQueue;
}

/** As NanoMDM's SQL storages keep it: what has its result is out, and nothing else happens. */
export function createPlainQueue(from: readonly QueuedCommand[] = []): CommandQueue {
  let queue = from.map((command) => ({ ...command }));
  return {
    add: (command) => void queue.push({ ...command, isNotNow: false }),
    next: (skipNotNow) => queue.find((command) => !(skipNotNow && command.isNotNow)),
    report(commandUuid, status) {
      if (status !== 'NotNow') queue = queue.filter((command) => command.commandUuid !== commandUuid);
      else for (const command of queue) command.isNotNow ||= command.commandUuid === commandUuid;
    },
    list: () => queue,
    copy: () => createPlainQueue(queue),
  };
}

/** A linked list, by CommandUUID. */
interface Links {
  commands: ReadonlyMap<string, QueuedCommand>;
  following: ReadonlyMap<string, string>;
  preceding: ReadonlyMap<string, string>;
  first: string | undefined;
  last: string | undefined;
}

/**
 * As NanoMDM's key-value storages keep it (filekv, inmem; storage/kv/queue_ll.go): a linked list whose pointers outlive
 * what they point at. A result for a command that has no neighbours, whether it is the only one or not in the list at
 * all, deletes both ends, and everything else queued is gone. And the last command stays the successor of the one before
 * it: while that one waits after NotNow, the last is handed out again although it was answered, until something
 * new is queued behind it; its second answer finds it without neighbours.
 */
export function createLinkedQueue(from?: Links): CommandQueue {
  const commands = new Map([...(from?.commands ?? [])].map(([uuid, command]) => [uuid, { ...command }]));
  const following = new Map(from?.following);
  const preceding = new Map(from?.preceding);
  let first = from?.first;
  let last = from?.last;

  function unlink(uuid: string): void {
    const before = preceding.get(uuid);
    const after = following.get(uuid);
    if (before === undefined && after === undefined) {
      first = undefined;
      last = undefined;
    } else if (before === undefined) {
      first = after;
      preceding.delete(after as string);
    } else if (after === undefined) {
      last = before;
    } else {
      following.set(before, after);
      preceding.set(after, before);
    }
    preceding.delete(uuid);
    following.delete(uuid);
  }

  function list(): QueuedCommand[] {
    const found: QueuedCommand[] = [];
    for (let uuid = first; uuid !== undefined; uuid = following.get(uuid)) {
      const command = commands.get(uuid);
      if (command) found.push(command);
    }
    return found;
  }

  return {
    add(command) {
      const { commandUuid } = command;
      commands.set(commandUuid, { ...command, isNotNow: false });
      if (last === undefined) first = commandUuid;
      else {
        following.set(last, commandUuid);
        preceding.set(commandUuid, last);
      }
      last = commandUuid;
    },
    next: (skipNotNow) => list().find((command) => !(skipNotNow && command.isNotNow)),
    report(commandUuid, status) {
      const command = commands.get(commandUuid);
      if (command) command.isNotNow = status === 'NotNow';
      if (status !== 'NotNow') unlink(commandUuid);
    },
    list,
    copy: () => createLinkedQueue({ commands, following, preceding, first, last }),
  };
}
