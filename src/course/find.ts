import leven from "leven";

export type Found<T> =
  | { readonly kind: "found"; readonly item: T }
  | { readonly kind: "ambiguous"; readonly matches: readonly T[] }
  | { readonly kind: "unknown"; readonly nearest: string | undefined };

/**
 * Finds the one that `query` means: by its whole id, its name, the end of its id, or any part of it, in this order;
 * a later way counts only where the earlier ones find nothing. A path such as a shell completes
 * (`exercises/06c-…/semaphore/semaphore.ts`) means the same as the id.
 */
export function findById<T extends { readonly id: string }>(items: readonly T[], query: string): Found<T> {
  const wanted = normalize(query);
  const ways: ((id: string) => boolean)[] = [
    (id) => id === wanted,
    (id) => tail(id) === wanted,
    (id) => id.endsWith(`/${wanted}`),
    (id) => wanted !== "" && id.includes(wanted),
  ];
  for (const way of ways) {
    const matches = items.filter((item) => way(item.id.toLowerCase()));
    const [item] = matches;
    if (item !== undefined)
      return matches.length === 1 ? { kind: "found", item } : { kind: "ambiguous", matches };
  }
  return { kind: "unknown", nearest: nearestId(items, wanted) };
}

/** The candidate that looks most like the text; undefined where there is none. */
export function nearest(candidates: readonly string[], text: string): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const distance = leven(candidate, text);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function nearestId(items: readonly { readonly id: string }[], wanted: string): string | undefined {
  const ids = items.map((item) => item.id);
  if (wanted.includes("/")) return nearest(ids, wanted);
  const name = nearest(ids.map(tail), wanted);
  return ids.find((id) => tail(id) === name);
}

function tail(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

function normalize(query: string): string {
  const id = query
    .trim()
    .toLowerCase()
    .replaceAll("\\", "/")
    .replace(/^\.\//, "")
    .replace(/^(?:exercises|src\/examples)\//, "")
    .replace(/\/+$/, "")
    .replace(/(?:\.spec)?\.ts$/, "");
  // A file in an exercise's folder bears the folder's name.
  const parts = id.split("/");
  if (parts.length === 3 && parts[1] === parts[2]) parts.pop();
  return parts.join("/");
}
