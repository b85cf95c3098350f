import {
  AsyncEvent,
  AsyncQueue,
  Barrier,
  Condition,
  Mutex,
  ReadWriteLock,
  type AbortOptions,
  type Permit,
} from "yieldpoint";

/** Something to wait for, in which nobody waits yet. */
export interface Subject {
  readonly start: (options?: AbortOptions) => Promise<unknown>;
  /** Gives what is waited for: to the one that waits longest, or to all where it is for all. */
  readonly grant: () => void;
  readonly waiting: () => number;
}

export interface Wait {
  readonly name: string;
  /** A subject in which callers wait until there is a grant. */
  readonly make: (crowd?: number) => Promise<Subject>;
  /** A subject in which the next caller need not wait. */
  readonly free: () => Promise<Subject>;
  /** Whether a grant is for all who wait. */
  readonly forAll?: boolean;
}

function mutexSubject(permit: Permit | undefined, mutex: Mutex, start: Subject["start"]): Subject {
  return { start, grant: () => permit?.release(), waiting: () => mutex.stats().waiting };
}

function lockSubject(permit: Permit | undefined, lock: ReadWriteLock, start: Subject["start"]): Subject {
  return { start, grant: () => permit?.release(), waiting: () => lock.stats().waiting };
}

function eventSubject(event: AsyncEvent): Subject {
  return {
    start: (options) => event.wait(options),
    grant: () => event.set(),
    waiting: () => event.stats().waiting,
  };
}

function barrierSubject(barrier: Barrier): Subject {
  return {
    start: (options) => barrier.arrive(options),
    // As many arrive as are missing.
    grant: () => {
      const { parties, waiting } = barrier.stats();
      for (let n = waiting; n < parties; n++) void barrier.arrive();
    },
    waiting: () => barrier.stats().waiting,
  };
}

function consumerSubject(queue: AsyncQueue<string>, start: Subject["start"]): Subject {
  return { start, grant: () => void queue.tryPut("granted"), waiting: () => queue.stats().consumers };
}

function producerSubject(queue: AsyncQueue<string>): Subject {
  return {
    start: (options) => queue.put("put", options),
    grant: () => void queue.tryGet(),
    waiting: () => queue.stats().producers,
  };
}

function fullQueue(): AsyncQueue<string> {
  const queue = new AsyncQueue<string>({ capacity: 1 });
  queue.tryPut("first");
  return queue;
}

function filledQueue(): AsyncQueue<string> {
  const queue = new AsyncQueue<string>();
  queue.tryPut("there already");
  return queue;
}

/** All that can be waited for in the topic. */
export const waits: readonly Wait[] = [
  {
    name: "Mutex.acquire()",
    make: async () => {
      const mutex = new Mutex();
      return mutexSubject(mutex.tryAcquire(), mutex, (options) => mutex.acquire(options));
    },
    free: async () => {
      const mutex = new Mutex();
      return mutexSubject(undefined, mutex, (options) => mutex.acquire(options));
    },
  },
  {
    name: "Mutex.execute()",
    make: async () => {
      const mutex = new Mutex();
      return mutexSubject(mutex.tryAcquire(), mutex, (options) => mutex.execute(() => "ran", options));
    },
    free: async () => {
      const mutex = new Mutex();
      return mutexSubject(undefined, mutex, (options) => mutex.execute(() => "ran", options));
    },
  },
  {
    name: "AsyncEvent.wait()",
    forAll: true,
    make: async () => eventSubject(new AsyncEvent()),
    free: async () => {
      const event = new AsyncEvent();
      event.set();
      return eventSubject(event);
    },
  },
  {
    name: "Condition.wait()",
    make: async () => {
      const mutex = new Mutex();
      const condition = new Condition(mutex);
      return {
        start: (options) => {
          const permit = mutex.tryAcquire();
          return condition.wait(options).finally(() => permit?.release());
        },
        grant: () => condition.notify(),
        waiting: () => condition.stats().waiting,
      };
    },
    // No condition lets anybody pass at once.
    free: async () => {
      const mutex = new Mutex();
      const condition = new Condition(mutex);
      mutex.tryAcquire();
      return {
        start: (options) => condition.wait(options),
        grant: () => condition.notify(),
        waiting: () => condition.stats().waiting,
      };
    },
  },
  {
    name: "Barrier.arrive()",
    forAll: true,
    make: async (crowd = 1) => barrierSubject(new Barrier(crowd + 1)),
    free: async () => barrierSubject(new Barrier(1)),
  },
  {
    name: "ReadWriteLock.read()",
    forAll: true,
    make: async () => {
      const lock = new ReadWriteLock();
      return lockSubject(await lock.write(), lock, (options) => lock.read(options));
    },
    free: async () => {
      const lock = new ReadWriteLock();
      return lockSubject(undefined, lock, (options) => lock.read(options));
    },
  },
  {
    name: "ReadWriteLock.write()",
    make: async () => {
      const lock = new ReadWriteLock();
      return lockSubject(await lock.read(), lock, (options) => lock.write(options));
    },
    free: async () => {
      const lock = new ReadWriteLock();
      return lockSubject(undefined, lock, (options) => lock.write(options));
    },
  },
  {
    name: "AsyncQueue.put()",
    make: async () => producerSubject(fullQueue()),
    free: async () => producerSubject(new AsyncQueue({ capacity: 1 })),
  },
  {
    name: "AsyncQueue.put() without capacity",
    make: async () => producerSubject(new AsyncQueue({ capacity: 0 })),
    free: async () => {
      const queue = new AsyncQueue<string>({ capacity: 0 });
      void queue.get();
      return producerSubject(queue);
    },
  },
  {
    name: "AsyncQueue.get()",
    make: async () => {
      const queue = new AsyncQueue<string>();
      return consumerSubject(queue, (options) => queue.get(options));
    },
    free: async () => {
      const queue = filledQueue();
      return consumerSubject(queue, (options) => queue.get(options));
    },
  },
  {
    name: "AsyncQueue.values().next()",
    make: async () => {
      const queue = new AsyncQueue<string>();
      return consumerSubject(queue, (options) => queue.values(options).next());
    },
    free: async () => {
      const queue = filledQueue();
      return consumerSubject(queue, (options) => queue.values(options).next());
    },
  },
];
