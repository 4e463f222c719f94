// SPDX-License-Identifier: MIT
// onnxruntime_attention.mjs mha|gqa S THREADS REPETITIONS [PACKAGES]: times ONNX Runtime's attention on the CPU, fp32, one
// sequence, 8 heads of 64, and prints one line of JSON. mha is MultiHeadAttention over all keys, gqa GroupQueryAttention
// (causal; 8 key/value heads): the two that have a flash path. PACKAGES holds node_modules (default build/peers);
// tests/bench/peers installs them. Flash is on unless ORT_DISABLE_FLASH_ATTENTION or ORT_GQA_DISABLE_FLASH_ATTENTION is 1.
// seconds is the median wall time of a call, cpu_seconds that of the process, which neighbours disturb less (threads spin).
import {createRequire} from 'node:module';
import path from 'node:path';

const heads = 8, width = 64, channels = heads * width;
const float = 1, int32 = 6;  // TensorProto.DataType

const [kind, lengthText, threadsText, repetitionsText, packages = 'build/peers'] = process.argv.slice(2);
const [length, threads, repetitions] = [lengthText, threadsText, repetitionsText].map(Number);
if (!['mha', 'gqa'].includes(kind) || ![length, threads, repetitions].every((n) => Number.isInteger(n) && n > 0)) {
    console.error('usage: onnxruntime_attention.mjs mha|gqa S THREADS REPETITIONS [PACKAGES]');
    process.exit(2);
}
const causal = kind === 'gqa';
const require = createRequire(path.resolve(packages) + '/');
const ort = require('onnxruntime-node');
const {onnx} = require('onnx-proto');

const tensorType = (name, elemType, ...dims) => ({
    name,
    type: {tensorType: {elemType, shape: {dim: dims.map((dimValue) => ({dimValue}))}}},
});
const integer = (name, i) => ({name, i, type: onnx.AttributeProto.AttributeType.INT});

/// A graph of one node: q, k, v -> out, each 1 x S x 512. GroupQueryAttention wants lengths and returns its cache as well.
function model() {
    const rows = ['q', 'k', 'v'].map((name) => tensorType(name, float, 1, length, channels));
    const out = [tensorType('out', float, 1, length, channels)];
    const attribute = [integer('num_heads', heads)];
    let inputs = ['q', 'k', 'v'];
    if (causal) {
        attribute.push(integer('kv_num_heads', heads));
        inputs = [...inputs, '', '', 'last_key', 'total_length'];
        rows.push(tensorType('last_key', int32, 1), tensorType('total_length', int32, 1));
        out.push(...['keys', 'values'].map((name) => tensorType(name, float, 1, heads, length, width)));
    }
    const opType = causal ? 'GroupQueryAttention' : 'MultiHeadAttention';
    const node = {opType, domain: 'com.microsoft', input: inputs, output: out.map((o) => o.name), attribute};
    return onnx.ModelProto
        .encode({
            irVersion: 8,
            opsetImport: [{domain: '', version: 17}, {domain: 'com.microsoft', version: 1}],
            graph: {name: 'attention', node: [node], input: rows, output: out},
        })
        .finish();
}

/// Standard normal values from one seed: Lehmer's generator and Box-Muller.
function normal(seed) {
    let state = seed;
    const uniform = () => (state = state * 48271 % 2147483647) / 2147483647;
    return Float32Array.from({length: length * channels},
                             () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

/// One row of one head in double, softmax(q k^T / sqrt(64)) v, straight from the definition.
function expectedRow(q, k, v, row, head) {
    const at = (values, step, d) => values[step * channels + head * width + d];
    const keys = causal ? row + 1 : length;
    const scores = Array.from({length: keys}, (_, j) => {
        let score = 0;
        for (let d = 0; d < width; ++d) score += at(q, row, d) * at(k, j, d);
        return score / Math.sqrt(width);
    });
    const most = scores.reduce((a, b) => Math.max(a, b));
    const weights = scores.map((score) => Math.exp(score - most));
    const sum = weights.reduce((a, b) => a + b);
    return Array.from({length: width}, (_, d) => weights.reduce((a, weight, j) => a + weight * at(v, j, d), 0) / sum);
}

function worstError(q, k, v, out) {
    let worst = 0;
    for (const row of [0, Math.floor(length / 3), length - 1])
        for (const head of [0, heads - 1])
            expectedRow(q, k, v, row, head).forEach((expected, d) => {
                const error = Math.abs(expected - out[row * channels + head * width + d]);
                worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
            });
    return worst;
}

const session = await ort.InferenceSession.create(
    model(), {intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all'});
const [q, k, v] = [1, 2, 3].map(normal);
const rows = (values) => new ort.Tensor('float32', values, [1, length, channels]);
const feeds = {q: rows(q), k: rows(k), v: rows(v)};
const fetches = {out: rows(new Float32Array(length * channels))};  // written in place, like ours
if (causal) {
    const cache = () => new ort.Tensor('float32', new Float32Array(length * channels), [1, heads, length, width]);
    feeds.last_key = new ort.Tensor('int32', Int32Array.of(length - 1), [1]);
    feeds.total_length = new ort.Tensor('int32', Int32Array.of(length), [1]);
    Object.assign(fetches, {keys: cache(), values: cache()});
}

const {out} = await session.run(feeds, fetches);  // warms up
const error = worstError(q, k, v, out.data);
if (!(error < 1e-5)) {
    console.error(`onnxruntime_attention: ${kind} at S = ${length} is off by ${error}: not the attention we compute`);
    process.exit(1);
}
const all = [], cpu = [];
for (let i = 0; i < repetitions; ++i) {
    const start = performance.now(), startCpu = process.cpuUsage();
    await session.run(feeds, fetches);
    all.push((performance.now() - start) / 1000);
    const {user, system} = process.cpuUsage(startCpu);
    cpu.push((user + system) / 1e6);
}
function median(values) {
    const sorted = [...values].sort((a, b) => a - b), middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
const seconds = median(all);
const gflops = 4e-9 * length * length * channels / seconds / (causal ? 2 : 1);
console.log(JSON.stringify({
    peer: `onnxruntime ${ort.env.versions.node}`, kind, S: length, threads, causal, seconds, all, gflops,
    cpu_seconds: median(cpu), rss_mib: Math.round(process.resourceUsage().maxRSS / 1024), max_abs_error: error,
}));
