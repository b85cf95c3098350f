import type { Policy } from "yieldpoint";
import type { Actor } from "./actor.ts";
import { upTo } from "./items.ts";
import type { Load } from "./load.ts";

/** Several calls at once, each in a random form. */
export function several(actor: Actor, call: (n: number) => Promise<unknown>): Promise<unknown> {
  return Promise.all(upTo(1 + actor.random.below(4)).map((n) => actor.call(() => call(n))));
}

/** Calls of any policy, several at once; at most `most` of them may run at the same time. */
export function throughPolicy(policy: Policy<unknown>, most = Infinity): Load["step"] {
  let running = 0;
  return async (actor) => {
    const calls = actor.tasks().map((task) =>
      actor.call(() =>
        policy.execute(
          async (context) => {
            actor.ensure(++running <= most, `${running} run at once`);
            try {
              return await task(context);
            } finally {
              running--;
            }
          },
          { signal: actor.signal() },
        ),
      ),
    );
    await Promise.all(calls);
  };
}
