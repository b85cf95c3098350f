import { configureGlobal } from "fast-check";

// A counterexample is enough; a smaller one is not needed.
configureGlobal({ endOnFailure: true });
