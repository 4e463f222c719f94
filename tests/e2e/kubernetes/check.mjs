// SPDX-License-Identifier: MIT
// check.mjs FILE…: every document by its schema (kubernetes-models), for values, and as a literal of its type (kubernetes-types, own_kinds.ts) by
// TypeScript: the schemas let unknown fields pass, and know no kinds of operators.
import fs from "node:fs";
import { createRequire } from "node:module";
import ts from "typescript";
import { conclude, read_documents } from "./documents.mjs";

const require = createRequire(import.meta.url);
const documents = read_documents(process.argv.slice(2));
const name_of = (d) => `${d.kind} ${d.metadata?.name}`;
const is_own = (d) => /^(kubeflow\.org|monitoring\.coreos\.com)\//.test(d.apiVersion);
const problems = [];

function by_schema(document) {
    try {
        if (is_own(document)) {
            const { PodTemplate } = require("kubernetes-models/v1/PodTemplate");
            for (const { template } of Object.values(document.spec.mpiReplicaSpecs ?? {})) new PodTemplate({ template }).validate();
        } else {
            const Model = require(`kubernetes-models/${document.apiVersion}/${document.kind}`)[document.kind];
            new Model(document).validate();
        }
    } catch (error) {
        problems.push(`${name_of(document)}: ${error.message}`);
    }
}

/** One document a line, so that a line of a complaint tells its document. */
function by_type() {
    const module_of = (d) => is_own(d) ? "./own_kinds" : "kubernetes-types/" + (d.apiVersion === "v1" ? "core/v1" : d.apiVersion.replace(/^(\w+)[^/]*/, "$1"));
    const lines = documents.map((d, i) => `import type {${d.kind} as T${i}} from "${module_of(d)}"; export const x${i}: T${i} = ${JSON.stringify(d)};`);
    fs.writeFileSync("documents.ts", lines.join("\n"));
    const program = ts.createProgram(["documents.ts"], {
        strict: true, noEmit: true, skipLibCheck: true, types: [],
        module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
    });
    for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
        const document = file ? name_of(documents[file.getLineAndCharacterOfPosition(start).line]) : "types";
        problems.push(`${document}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
    }
}

documents.forEach(by_schema);
by_type();
conclude(problems, `${documents.length} documents are well formed: ${documents.map(name_of).join(", ")}`);
