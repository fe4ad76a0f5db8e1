// Calls one export of a WebAssembly module with one 32-bit argument and prints the answer as an
// unsigned number. Usage: node run.mjs <module.wasm> <export> <argument>
import { readFile } from "node:fs/promises";

const [path, name, argument] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(await readFile(path), {});
const answer = instance.exports[name](Number(argument));
console.log(`${BigInt.asUintN(64, BigInt(answer))}`);
