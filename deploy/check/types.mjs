// Holds objects against published types: types.mjs objects FILE…   Kubernetes objects in YAML, - is standard input
//                                         types.mjs dashboards FILE…   Grafana dashboards in JSON
// Each object is written as a literal of its type, and the TypeScript compiler finds what is missing,
// misspelt or of the wrong kind. Exit status 1 when anything is wrong.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { parseAllDocuments } from "yaml";

const [kind, ...files] = process.argv.slice(2);
const unknown = [];

// The package of an object's API group. A group that none publishes is told; of a runtime of KServe, which
// npm does not have, the part that makes a pod is held against a pod's type.
const PACKAGES = { "monitoring.coreos.com": "@kubernetes-models/prometheus-operator" };
const UNPUBLISHED = ["serving.kserve.io", "kustomize.config.k8s.io"];

function literal(name, kind, from, object) {
  return { name, source: `import type { I${kind} } from "${from}";
export const object: I${kind} = ${JSON.stringify(object, null, 1)};\n` };
}

function objectLiterals(file) {
  const literals = [];
  for (const document of parseAllDocuments(readFileSync(file === "-" ? 0 : file, "utf8"))) {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0].message}`);
    const object = document.toJS();
    if (!object) continue;
    const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
    const name = `${file}: ${object.kind}/${object.metadata?.name}`;
    if (UNPUBLISHED.includes(group)) unknown.push(name);
    if (object.kind === "ClusterServingRuntime") {
      const { containers, volumes } = object.spec;
      literals.push(literal(name, "Pod", "kubernetes-models/v1", { apiVersion: "v1", kind: "Pod", spec: { containers, volumes } }));
    } else if (!UNPUBLISHED.includes(group)) {
      const from = [PACKAGES[group] ?? "kubernetes-models", ...(group ? [group] : []), version].join("/");
      literals.push(literal(name, object.kind, from, object));
    }
  }
  return literals;
}

// Grafana's types name enumerations where the JSON has their values.
function dashboardLiterals(file) {
  return [{ name: file, source: `import type { Dashboard } from "@grafana/schema";
type Plain<T> = T extends string ? \`\${T}\` : T extends number ? number : T extends (infer E)[] ? Plain<E>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
export const dashboard: Plain<Dashboard> = ${readFileSync(file, "utf8")};\n` }];
}

function compile(literals) {
  const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), "types-"));
  try {
    const sources = literals.map(({ source }, i) => {
      writeFileSync(join(folder, `${i}.ts`), source);
      return join(folder, `${i}.ts`);
    });
    const program = ts.createProgram(sources, {
      strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
    });
    return ts.getPreEmitDiagnostics(program).map((found) => {
      const at = sources.indexOf(found.file?.fileName);
      return `${literals[at]?.name ?? ""}: ${ts.flattenDiagnosticMessageText(found.messageText, " ").slice(0, 400)}`;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const literals = files.flatMap(kind === "dashboards" ? dashboardLiterals : objectLiterals);
const wrong = compile(literals);
wrong.forEach((line) => console.log(line));
unknown.forEach((name) => console.log(`${name}: npm has no types of it; ./dev deploy cluster holds it against its CRD`));
console.log(`${literals.length} ${kind} checked, ${wrong.length} wrong`);
process.exit(wrong.length > 0 || literals.length === 0 ? 1 : 0);
