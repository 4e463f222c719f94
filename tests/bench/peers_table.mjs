// SPDX-License-Identifier: MIT
// peers_table.mjs PAIRS JSON: medians over the pairs that tests/bench/peers measured, as a table and as JSON. PAIRS has one
// line a pair: {"ours": what `gridring bench attention` wrote, "peer": what onnxruntime_attention.mjs printed}.
import fs from 'node:fs';

const [pairsPath, jsonPath] = process.argv.slice(2);

function median(values) {
    const sorted = [...values].sort((a, b) => a - b), middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/// The row of ours that did what the peer did.
function forwardRow(ours, peer) {
    const row = ours.rows.find((r) => r.pass === 'forward' && r.length === peer.S && r.causal === peer.causal &&
                                      r.threads === peer.threads);
    if (!row) throw new Error(`no forward row with S = ${peer.S}, causal = ${peer.causal}, threads = ${peer.threads}`);
    return row;
}

/// Pairs of one S, mask and thread count: GFLOP/s of both, their ratio pair by pair, ours as part of the FMA peak.
function summary(pairs) {
    const {peer: name, kind, S, threads, causal} = pairs[0].peer;
    const ours = pairs.map(({row}) => row.gflops), theirs = pairs.map(({peer}) => peer.gflops);
    const ratios = ours.map((gflops, i) => gflops / theirs[i]);
    return {
        peer: name, kind, S, threads, causal, pairs: pairs.length, gflops: median(ours), peer_gflops: median(theirs),
        ratio: median(ratios), ratio_min: Math.min(...ratios), ratio_max: Math.max(...ratios),
        of_peak: median(pairs.map(({row}) => row.gflops / row.peak_gflops)),
        peer_of_peak: median(pairs.map(({row, peer}) => peer.gflops / row.peak_gflops)),
    };
}

const groups = new Map();
for (const line of fs.readFileSync(pairsPath, 'utf8').trim().split('\n')) {
    const {ours, peer} = JSON.parse(line);
    const key = [peer.S, peer.kind, peer.threads].join();
    groups.set(key, [...(groups.get(key) ?? []), {row: forwardRow(ours, peer), peer}]);
}
const rows = [...groups.values()].map(summary);
fs.writeFileSync(jsonPath, JSON.stringify({rows}, null, 1) + '\n');

const cells = (...values) => console.log(
    values.map((value, i) => String(value).padStart([6, 7, 7, 6, 16, 16, 7, 14][i])).join(' '));
const percent = (part) => `${Math.round(100 * part)} %`;
console.log(`attention forward, fp32, 8 heads of 64, beside ${rows[0].peer}; GFLOP/s and part of the fp32 FMA peak, medians`);
cells('S', 'causal', 'threads', 'pairs', 'gridring', 'peer', 'ratio', 'min - max');
for (const r of rows)
    cells(r.S, r.causal ? 'yes' : 'no', r.threads, r.pairs, `${r.gflops.toFixed(1)}  ${percent(r.of_peak).padStart(5)}`,
          `${r.peer_gflops.toFixed(1)}  ${percent(r.peer_of_peak).padStart(5)}`, r.ratio.toFixed(2),
          `${r.ratio_min.toFixed(2)} - ${r.ratio_max.toFixed(2)}`);
