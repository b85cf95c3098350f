// Mixed load over all patterns, and what is left of it: npm run soak [-- --seconds <n>] [-- --seed <n>]
// It is run without the engine's compilers: all that they make of the code would be growth, for a minute or more. (`--lite-mode`, which says
// the same shorter, leaves later versions of Node without what fetch needs.)
import { runCli } from "./cli.ts";
import { loads } from "./loads/index.ts";

await runCli(process.argv.slice(2), loads);
