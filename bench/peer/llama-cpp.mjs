#!/usr/bin/env node
// llama.cpp (prebuilt, CPU) on a GGUF file, measured as `poise bench` measures; one JSON object on standard output.
// Greedy, memory-mapped, batch 512, flash attention. Run `npm install` in this folder first, or set PEER_MODULES to a node_modules that has it.
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import path from "node:path";

const { values: options, positionals: [file] } = parseArgs({
  allowPositionals: true,
  options: {
    prompt: { type: "string", default: "0" }, // read so many tokens, once a round
    decode: { type: "string", default: "0" }, // write so many tokens, once a round
    depth: { type: "string", default: "0" }, // tokens in the cache before those
    streams: { type: "string", default: "1" }, // sequences at once
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" }, // after one that is not counted
    context: { type: "string", default: "4096" }, // tokens of each sequence
  },
});
if (!file) {
  console.error("usage: llama-cpp.mjs MODEL.gguf [--prompt N] [--decode N] [--depth N] [--streams N] [--threads N] [--rounds N] [--context N]");
  process.exit(2);
}
const [prompt, decode, depth, streams, threads, rounds, contextSize] =
  ["prompt", "decode", "depth", "streams", "threads", "rounds", "context"].map(name => Number(options[name]));

const modules = process.env.PEER_MODULES;
const { getLlama, LlamaLogLevel } = modules
  ? await import(pathToFileURL(createRequire(path.join(path.resolve(modules), "..", "package.json")).resolve("node-llama-cpp")).href)
  : await import("node-llama-cpp");

const started = performance.now();
const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, progressLogs: false, maxThreads: threads });
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0, useMmap: true });
const context = await model.createContext({ contextSize, sequences: streams, batchSize: 512, threads, flashAttention: true });
const result = { loadSeconds: (performance.now() - started) / 1000, firstTokenSeconds: null, promptTokensPerSecond: [], decodeTokensPerSecond: [], peakMemoryBytes: 0 };

const tokens = (count, salt) => Array.from({ length: count }, (_, i) => (i * 7919 + 104729 * salt) % 20000 + 300);
const seconds = async work => {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
};
const read = (sequences, count, salt) => Promise.all(sequences.map((s, i) => s.evaluateWithoutGeneratingNewTokens(tokens(count, salt * streams + i))));
const write = async (sequence, count) => {
  let written = 0;
  for await (const _ of sequence.evaluate([1000], { temperature: 0 })) {
    result.firstTokenSeconds ??= process.uptime();
    if (++written >= count) break;
  }
  if (written < count) throw new Error(`the model ended after ${written} of ${count} tokens`);
};
// A sequence is free for the next round only when its memory has been cleared.
const dispose = async sequences => { for (const s of sequences) await s.dispose(); };
const open = () => Array.from({ length: streams }, () => context.getSequence());

if (prompt > 0)
  for (let round = 0; round <= rounds; round++) {
    const sequences = open();
    // A warm-up needs no more than one batch.
    const time = await seconds(() => read(sequences, round > 0 ? prompt : Math.min(prompt, 512), round));
    if (round > 0) result.promptTokensPerSecond.push(prompt * streams / time);
    await dispose(sequences);
  }

if (decode > 0) {
  // What lies before is read again in each round where that is cheap; a long one is read once, and every round goes on behind the one before.
  const again = depth < 1000;
  let sequences = null;
  for (let round = 0; round <= rounds; round++) {
    if (sequences === null) {
      sequences = open();
      if (depth > 0) await read(sequences, depth, round);
    }
    const time = await seconds(() => Promise.all(sequences.map(s => write(s, decode))));
    if (round > 0) result.decodeTokensPerSecond.push(decode * streams / time);
    if (again) {
      await dispose(sequences);
      sequences = null;
    }
  }
}

result.peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify(result));
process.exit(0);
