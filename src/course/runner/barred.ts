/**
 * The text of a module that stands in for the package: all of it, but for the names that the exercise asks
 * the learner to write. Only the learner's import leads here, so the package itself keeps using the real ones.
 */
export function moduleWithout(names: readonly string[]): string {
  const exports = names.map((name) => `export const ${name} = barred(${JSON.stringify(sentence(name))});`);
  return `export * from "yieldpoint";
const traps = Reflect.ownKeys(Reflect).filter((key) => typeof key === "string");
function barred(sentence) {
  const refuse = () => {
    const error = new Error(sentence);
    Error.captureStackTrace(error, refuse);
    throw error;
  };
  return new Proxy(function () {}, Object.fromEntries(traps.map((trap) => [trap, refuse])));
}
${exports.join("\n")}
`;
}

function sentence(name: string): string {
  return `${name} is what this exercise asks you to write, so it cannot be imported from yieldpoint here.`;
}
