// Mixed load over all patterns, and what is left of it: npm run soak [-- --seconds <n>] [-- --seed <n>]
// It is run without a compiler (`--lite-mode`): all that the engine compiles and learns of the code would be growth, for a minute or more.
import { runCli } from "./cli.ts";
import { loads } from "./loads/index.ts";

await runCli(process.argv.slice(2), loads);
