// SPDX-License-Identifier: MIT
import fs from "node:fs";
import YAML from "yaml";

/** All documents of YAML files; one that does not parse throws. */
export function read_documents(files) {
    return files.flatMap((file) => YAML.parseAllDocuments(fs.readFileSync(file, "utf8"))).flatMap((document) => {
        if (document.errors.length) throw document.errors[0];
        return document.toJSON() ?? [];
    });
}

/** The one of that kind and name. */
export function find(documents, kind, name) {
    const found = documents.filter((d) => d.kind === kind && d.metadata.name === name);
    if (found.length !== 1) throw new Error(`expected one ${kind} ${name}, found ${found.length}`);
    return found[0];
}

/** Prints the problems, one a line, and ends with 1 where there is one. */
export function conclude(problems, what) {
    for (const problem of problems) console.log(problem);
    if (problems.length === 0) console.log(what);
    process.exit(problems.length ? 1 : 0);
}
