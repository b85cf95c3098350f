/** What a loop is given, and what it throws, if it does. */
export async function read(results: AsyncIterable<unknown>): Promise<{ given: unknown[]; thrown?: unknown }> {
  const given: unknown[] = [];
  try {
    for await (const result of results) given.push(result);
  } catch (thrown) {
    return { given, thrown };
  }
  return { given };
}

export const value = (index: number, ms: unknown) => ({ index, value: ms });
