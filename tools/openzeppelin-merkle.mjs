// Measures @openzeppelin/merkle-tree on a list of `account,amount` rows (base units, no header): for the ledger benchmark.
// usage: node tools/openzeppelin-merkle.mjs FILE     prints {"count":..,"buildMs":..,"root":..}
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";

const rows = readFileSync(process.argv[2], "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => line.split(","));

const start = performance.now();
const cpuStart = process.cpuUsage();
const tree = StandardMerkleTree.of(rows, ["address", "uint256"]);
const cpu = process.cpuUsage(cpuStart);
// The smaller of wall and processor time: a busy machine must not make the peer look slow.
const buildMs = Math.min(performance.now() - start, (cpu.user + cpu.system) / 1000);

console.log(JSON.stringify({ count: rows.length, buildMs, root: tree.root }));
