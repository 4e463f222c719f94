// SPDX-License-Identifier: MIT
// The report of a sweep: its table, sweep.csv, drawn against any of its axes and of the keys that they set.

// Rows of a CSV text as objects; fields in quotes may hold commas.
function readCsv(csv) {
    const fieldsOf = line => [...`${line},`.matchAll(/(?:"([^"]*)"|([^,]*)),/g)].map(match => match[1] ?? match[2]);
    const [head, ...lines] = csv.trim().split('\n').map(fieldsOf);
    return {columns: head, rows: lines.map(fields => Object.fromEntries(head.map((name, i) => [name, fields[i] ?? ''])))};
}

const {columns, rows} = readCsv(report.csv);
const axes = columns.slice(0, columns.indexOf('seed'));
const keys = columns.slice(columns.indexOf('training_seconds') + 1);
const metrics = ['mape', 'median_ape', 'wape', 'mae_mw', 'rmse_mw', 'training_seconds'].filter(name => columns.includes(name));
const distinct = name => [...new Set(rows.map(row => row[name]))];
const horizons = distinct('horizon').map(Number).sort((a, b) => a - b);
const armOf = row => axes.map(axis => `${axis}=${row[axis]}`).join(', ') || 'all';
const hoursAhead = horizon => horizon > 24 && horizon % 24 === 0 ? `${horizon / 24} days ahead` : `${horizon} ${horizon === 1 ? 'hour' : 'hours'} ahead`;
const shown = {against: axes[0] ?? keys[0], metric: 'mape', region: distinct('region').includes('mean') ? 'mean' : distinct('region')[0]};

// What a chart of one horizon draws: a line for each combination of the other axes through the means of its seeds, and a point a seed; against a key
// the points alone.
function curvesOf(horizon) {
    const {against, metric, region} = shown;
    const mine = rows.filter(row => Number(row.horizon) === horizon && row.region === region && row[metric] !== '');
    const labels = [...new Set(mine.map(row => row[against]))];
    const isNumeric = labels.every(label => label !== '' && Number.isFinite(Number(label)));
    const place = label => isNumeric ? Number(label) : labels.indexOf(label);
    const others = axes.includes(against) ? axes.filter(axis => axis !== against) : null;
    const groups = new Map();
    for (const row of mine) {
        const name = others ? others.map(axis => `${axis}=${row[axis]}`).join(', ') || 'mean of the seeds' : 'a member';
        if (!groups.has(name)) groups.set(name, []);
        groups.get(name).push({x: place(row[against]), y: Number(row[metric]), label: row[against], arm: armOf(row), seed: row.seed});
    }
    return {groups, labels, isNumeric, isWide: isNumeric && labels.every(l => Number(l) > 0) && Math.max(...labels) > 20 * Math.min(...labels), joins: Boolean(others)};
}

const tones = ['model', 'naive24', 'operator', 'naive168', 'flag2', 'actual'];
function sweepChart(horizon) {
    const {groups, labels, isNumeric, isWide, joins} = curvesOf(horizon);
    const datasets = [...groups].flatMap(([name, points], i) => {
        const tone = colour[tones[i % tones.length]], xs = [...new Set(points.map(p => p.x))].sort((a, b) => a - b);
        const means = xs.map(x => ({x, y: mean(points.filter(p => p.x === x).map(p => p.y))}));
        const dots = line(joins ? `_${name}` : name, points, {showLine: false, pointRadius: 3, pointStyle: 'circle', backgroundColor: tone, borderColor: tone});
        return joins ? [line(name, means, {borderColor: tone, borderWidth: 2}), dots] : [dots];
    });
    return {
        data: {datasets},
        options: options({
            x: {
                type: isWide ? 'logarithmic' : 'linear', title: {text: shown.against},
                ...(isNumeric && labels.length > 8 ? {} : {afterBuildTicks: axis => { axis.ticks = labels.map((label, i) => ({value: isNumeric ? Number(label) : i})); }}),
                ticks: {maxRotation: 0, autoSkipPadding: 10, callback: value => isNumeric ? significant(value) : labels[value] ?? ''}
            },
            y: {title: {text: shown.metric}, ticks: {maxTicksLimit: 7, callback: value => significant(value)}},
            interaction: {mode: 'nearest', intersect: false},
            tooltip: {filter: () => true, callbacks: {
                title: items => items[0]?.raw.arm ?? items[0]?.dataset.label ?? '',
                label: item => `${shown.metric} ${significant(item.parsed.y)}${item.raw.seed ? `, seed ${item.raw.seed}` : ''}`
            }}
        })
    };
}
function bestOf(horizon, region = shown.region, metric = 'mape') {
    const mine = rows.filter(row => Number(row.horizon) === horizon && row.region === region && row[metric] !== '');
    return [...new Set(mine.map(armOf))]
        .map(arm => ({arm, value: mean(mine.filter(row => armOf(row) === arm).map(row => Number(row[metric])))}))
        .sort((a, b) => a.value - b.value)[0];
}
function sweepFigure(horizon) {
    const said = () => {
        const best = bestOf(horizon, shown.region, shown.metric);
        return best ? `Lowest ${shown.metric}: ${significant(best.value)} of ${best.arm}.` : 'No arm reaches so far.';
    };
    return figure({
        heading: hoursAhead(horizon), caption: said, summary: said, chart: () => sweepChart(horizon),
        rows: () => ({
            columns: [shown.against, 'arm', 'seed', shown.metric],
            rows: [...curvesOf(horizon).groups.values()].flat().map(p => [p.label, p.arm, p.seed, significant(p.y)])
        })
    });
}

function showCurves() {
    const charts = horizons.map(sweepFigure), choose = name => value => {
        shown[name] = value;
        for (const chart of charts) chart.redraw();
    };
    section('curves').append(
        el('div', {class: 'controls'},
           select('Against', [...axes, ...keys].map(name => [name, name]), choose('against')),
           select('Metric', metrics.map(name => [name, name]), choose('metric')),
           select('Region', [shown.region, ...distinct('region').filter(code => code !== shown.region)].map(code => [code, code]), choose('region'))),
        el('div', {class: 'grid'}, charts));
}

function showArms() {
    const arms = [...new Set(rows.map(armOf))];
    const of = (arm, horizon) => rows.filter(row => armOf(row) === arm && Number(row.horizon) === horizon && row.region === shown.region && row.mape !== '');
    const values = horizons.map(horizon => arms.map(arm => mean(of(arm, horizon).map(row => Number(row.mape)))));
    const least = values.map(list => Math.min(...list.filter(isNumber)));
    section('arms').append(el('div', {class: 'card'}, table(
        ['Arm', 'seeds', ...horizons.map(horizon => `MAPE, ${hoursAhead(horizon)}`)],
        arms.map((arm, i) => [arm, count(of(arm, horizons[0]).length), ...horizons.map((_, h) => ({value: percent(values[h][i]), best: values[h][i] === least[h]}))]),
        `Mean over the seeds, ${shown.region === 'mean' ? 'each region with the same weight' : shown.region}`)));
    const best = bestOf(horizons[0]);
    section('headline').textContent = best ? `Best ${hoursAhead(horizons[0])}: ${best.arm}, MAPE ${percent(best.value)}` : 'No member is done';
    section('span').textContent = `${count(arms.length)} arm${arms.length === 1 ? '' : 's'}, ${count(distinct('seed').length)} seed${distinct('seed').length === 1 ? '' : 's'}.`;
    section('footer').append(
        el('p', {}, `Written ${report.written.at} by gridring ${report.written.version} (${report.written.git_commit}) from sweep.csv of “${report.name}”.`),
        el('p', {}, 'Charts: Chart.js 3.9.1, © 2022 Chart.js Contributors, MIT licence. This page loads nothing from elsewhere.'));
}

applyTheme();
showCurves();
showArms();
drawAll();
darkWanted.addEventListener('change', drawAll);
