// SPDX-License-Identifier: MIT
// field.mjs FILE KIND NAME PATH: the words of a command, or NAME=VALUE of an env, each with a zero byte behind it.
import { find, read_documents } from "./documents.mjs";

const [file, kind, name, path] = process.argv.slice(2);
const value = path.split(".").reduce((at, key) => at[key], find(read_documents([file]), kind, name));
for (const word of value) process.stdout.write((word.name ? `${word.name}=${word.value}` : word) + "\0");
