/** Fails a number of times, each time with an error of its own, and then gives "done". */
export function failing(times: number) {
  const errors: Error[] = [];
  const at: number[] = [];
  const attempts: number[] = [];
  const task = async ({ attempt }: { readonly attempt: number }): Promise<string> => {
    at.push(performance.now());
    attempts.push(attempt);
    if (at.length > times) return "done";
    const error = new Error(`failure ${at.length}`);
    errors.push(error);
    throw error;
  };
  return { task, errors, at, attempts };
}
