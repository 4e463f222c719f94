// SPDX-License-Identifier: MIT
// Where the time of a training step goes: a row a rank, hop by hop.

const timeParts = {
    forward: {label: 'forward: compute', tone: 'model'},
    backward: {label: 'backward: compute', tone: 'naive168'},
    wait: {label: 'waiting for the ring', tone: 'wait'},
    rest: {label: 'rest of the step', tone: 'rest'},
};
const mostHops = 16;  // that are drawn one by one

// The pieces of one rank's step, in order: [{part, name, seconds}].
function piecesOf(rank) {
    const pass = (part, hops) => {
        const all = (hops ?? []).map(([compute, wait], hop) => ({hop: String(hop), compute, wait}));
        const shown = all.length <= mostHops ? all : [{
            hop: `0 to ${all.length - 1}`,
            compute: all.reduce((sum, h) => sum + h.compute, 0),
            wait: all.reduce((sum, h) => sum + h.wait, 0)
        }];
        return shown.flatMap(({hop, compute, wait}) => [
            {part, name: `${part}, hop ${hop}: compute`, seconds: compute},
            {part: 'wait', name: `${part}, hop ${hop}: wait`, seconds: wait},
        ]);
    };
    const ring = [...pass('forward', rank.forward), ...pass('backward', rank.backward)];
    const rest = rank.step_seconds - ring.reduce((sum, piece) => sum + piece.seconds, 0);
    return [...ring, {part: 'rest', name: 'rest of the step', seconds: Math.max(0, rest)}];
}

const sumOf = (pieces, ...parts) =>
    pieces.filter(piece => parts.includes(piece.part)).reduce((sum, piece) => sum + piece.seconds, 0);

function timelineSaid(ranks) {
    const rows = ranks.map(rank => ({rank, pieces: piecesOf(rank)}));
    const waits = row => 100 * sumOf(row.pieces, 'wait') / row.rank.step_seconds;
    const worst = rows.reduce((a, b) => waits(b) > waits(a) ? b : a);
    const compute = rows.map(row => sumOf(row.pieces, 'forward', 'backward')), most = Math.max(...compute);
    const even = mean(compute) ? most / mean(compute) : 1;
    return ranks.length === 1 ?
        `One rank: a step takes ${duration(ranks[0].step_seconds)}, ${percent(100 * compute[0] / ranks[0].step_seconds, 0)} of it attention.` :
        `Rank ${worst.rank.rank} waits most, ${percent(waits(worst), 1)} of its step. The busiest rank computes ${
            even < 1.005 ? 'as long as' : `${percent(100 * (even - 1), 1)} longer than`} the mean.`;
}

function timelineFigure() {
    const ranks = () => report.ranks;
    const name = rank => `rank ${rank.rank}`;
    const chart = () => {
        const rows = ranks().map(piecesOf), longest = rows.reduce((a, b) => b.length > a.length ? b : a);
        const legendParts = [...new Set(longest.map(piece => piece.part))];
        return {
            data: {
                labels: ranks().map(name),
                datasets: longest.map(
                    (piece, i) => bar(piece.name, rows.map(row => 1e3 * (row[i]?.seconds ?? 0)), colour[timeParts[piece.part].tone], {
                        maxBarThickness: 30,
                        categoryPercentage: .86,
                        borderRadius: 0,
                        borderSkipped: false,
                        borderWidth: {right: 1},
                        borderColor: colour.card
                    }))
            },
            options: options({
                indexAxis: 'y',
                interaction: {mode: 'nearest', intersect: true},
                x: {stacked: true, title: {text: 'milliseconds of a step'}, ticks: {maxTicksLimit: 9}},
                y: {stacked: true, grid: {display: false}, title: {display: false}},
                legend: {
                    onClick: () => {},
                    labels: {
                        boxWidth: 10,
                        pointStyle: 'rect',
                        generateLabels: () => legendParts.map(part => ({
                            text: timeParts[part].label,
                            fillStyle: colour[timeParts[part].tone],
                            strokeStyle: colour[timeParts[part].tone],
                            pointStyle: 'rect'
                        }))
                    }
                },
                tooltip: {callbacks: {label: item => `${item.dataset.label} ${significant(item.parsed.x)} ms`}}
            }),
        };
    };
    const chartNode = figure({
        heading: 'One step, rank by rank',
        caption: () => `${timelineSaid(ranks())} Mean of the last ${count(ranks()[0].steps)} steps of each rank.`,
        summary: () => timelineSaid(ranks()),
        chart,
        rows: () => ({
            columns: ['rank', 'host', 'step, ms', 'compute, ms', 'exposed wait, ms', 'sent a step', 'peak memory'],
            rows: ranks().map(rank => {
                const pieces = piecesOf(rank), sent = [...(rank.forward ?? []), ...(rank.backward ?? [])];
                return [
                    String(rank.rank), text(rank.host), significant(1e3 * rank.step_seconds),
                    significant(1e3 * sumOf(pieces, 'forward', 'backward')), significant(1e3 * sumOf(pieces, 'wait')),
                    bytes(sent.reduce((sum, hop) => sum + hop[2], 0)), bytes(rank.peak_memory_bytes)
                ];
            })
        }),
    });
    chartNode.querySelector('.plot').style.height = `${5.5 + 2.1 * Math.max(1, ranks().length)}rem`;
    return chartNode;
}

function showTimeline() {
    const here = section('timeline'), ranks = report.ranks ?? [], all = ranks[0]?.ranks ?? 0;
    keep(here, `${ranks.length} ${all}`, () => {
        here.hidden = document.querySelector('nav a[href="#timeline"]').hidden = !ranks.length;
        if (!ranks.length) return [];
        const chart = timelineFigure();
        here.append(
            el('p', {class: 'hint'},
               'The ring goes on when its slowest rank does: what one rank computes longer, the others wait. The rest of a step is layers outside attention, the optimiser and the sum of the gradients.'),
            chart,
            ranks.length < all ?
                el('p', {class: 'note'}, `${all - ranks.length} of ${all} ranks write where this page does not look: on hosts without this file system.`) :
                '');
        return [chart.redraw];
    });
}
