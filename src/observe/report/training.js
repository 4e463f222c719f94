// SPDX-License-Identifier: MIT
// What training did: the loss, the gradients, and what every hop of the ring cost.

// Exponentially weighted mean without the pull of its start (as Adam corrects its moments).
function smoothed(values, keep = .8) {
    let sum = 0, weight = 0;
    return values.map(value => {
        if (isNumber(value)) {
            sum = keep * sum + (1 - keep) * value;
            weight = keep * weight + 1 - keep;
        }
        return weight ? sum / weight : null;
    });
}
// 1, 2 or 5 times a power of ten, at or below x.
function roundBelow(x) {
    const power = 10 ** Math.floor(Math.log10(x));
    return power * [5, 2, 1].find(step => step * power <= x);
}
const xy = (xs = [], ys = []) => xs.map((x, i) => ({x, y: ys[i] ?? null}));
const stepAxis = last => ({
    type: 'linear',
    min: 0,
    max: isNumber(last) ? last : undefined,
    title: {text: 'training step'},
    ticks: {maxRotation: 0, precision: 0, callback: value => count(value), maxTicksLimit: 9}
});
const stepTooltip = {
    callbacks: {
        title: items => items.length ? `step ${count(items[0].parsed.x)}` : '',
        label: item => `${item.dataset.label}: ${significant(item.parsed.y)}`
    }
};

function lossRows(trained, validated) {
    const rows =
        [...trained.map(p => [p.x, p.y, null]), ...validated.map(p => [p.x, null, p.y])].sort((a, b) => a[0] - b[0]);
    return rows.map(([step, ...losses]) => [count(step), ...losses.map(significant)]);
}

function lossFigure() {
    const curves = () => {
        const {training_loss, validation_step, validation_loss} = report.training;
        const {step = [], value = [], width = 1} = training_loss ?? {}, validation = xy(validation_step, validation_loss);
        const known = [...value, ...validation.map(p => p.y)].filter(isNumber), lowest = Math.min(...known);
        return {step, value, width, validation, lowest, smooth: smoothed(value), isWide: Math.max(...known) > 8 * lowest};
    };
    const said = () => {
        const {smooth, validation} = curves(), last = validation.at(-1);
        return `Training loss ${significant(smooth.at(-1))} at ${report.training.is_going_on ? `step ${count(report.training.steps_done)}` : 'the end'}${
            last ? `, validation ${significant(last.y)} at step ${count(last.x)}` : ''}.`;
    };
    const chart = () => {
        const {step, value, validation, lowest, smooth, isWide} = curves();
        return {
            data: {
                datasets: [
                    line('training, smoothed', xy(step, smooth), {borderColor: colour.model, borderWidth: 2}),
                    line('training', xy(step, value), {borderColor: colour.raw, borderWidth: 1}),
                    line('validation', validation, {
                        borderColor: colour.naive24,
                        backgroundColor: colour.naive24,
                        pointRadius: 3.5,
                        pointStyle: 'rectRot',
                        borderDash: [6, 3]
                    }),
                ]
            },
            options: options({
                x: stepAxis(report.training.steps),
                y: {
                    type: isWide ? 'logarithmic' : 'linear',
                    min: isWide ? roundBelow(lowest) : undefined,
                    title: {text: `pinball loss${isWide ? ' (log scale)' : ''}`},
                    ticks: {callback: value => significant(value), maxTicksLimit: 7}
                },
                tooltip: stepTooltip,
                interaction: {mode: 'nearest', intersect: false, axis: 'x'}
            }),
        };
    };
    return figure({
        heading: 'Loss',
        caption: () => `${said()} In standard deviations of demand.${
            curves().width > 1 ? ` Each point is the mean of ${curves().width} steps.` : ''}`,
        summary: said,
        chart,
        rows: () => {
            const {step, smooth, validation} = curves();
            return {columns: ['step', 'training loss, smoothed', 'validation loss'], rows: lossRows(xy(step, smooth), validation)};
        },
    });
}

// One quantity of the training against its steps.
function stepFigure({heading, topic, label, axis, said}) {
    const points = () => xy(report.training[topic]?.step, report.training[topic]?.value);
    const summary = () => said(points().map(p => p.y).filter(isNumber));
    return figure({
        heading,
        caption: summary,
        summary,
        chart: () => ({
            data: {datasets: [line(label, points(), {borderColor: colour.model, borderWidth: 1.2})]},
            options: options({
                x: stepAxis(report.training.steps),
                y: {beginAtZero: true, title: {text: axis}, ticks: {maxTicksLimit: 7}},
                tooltip: stepTooltip,
                legend: {display: false}
            })
        }),
        rows: () => ({columns: ['step', label], rows: points().map(p => [count(p.x), significant(p.y)])}),
    });
}
const gradientFigure = () => stepFigure({
    heading: 'Gradient norm before clipping',
    topic: 'gradient_norm',
    label: 'gradient norm',
    axis: 'norm of all gradients',
    said: values => `Largest ${significant(Math.max(...values))}, last ${significant(values.at(-1))}.`
});
const throughputFigure = () => stepFigure({
    heading: 'Throughput',
    topic: 'throughput',
    label: 'hours of data a second',
    axis: 'hours of data a second, all ranks',
    said: values => `Mean ${count(mean(values))}, last ${count(values.at(-1))} hours of data a second.`
});

function trainingFacts() {
    const training = report.training, span = (from, to) => from && to ? `${from} to ${to} UTC` : null;
    return facts([
        ['parameters', count(training.parameters)],
        [
            'steps',
            `${count(training.steps_done ?? training.steps)}${
                training.first_step ? `, resumed at ${count(training.first_step)}` : ''}${
                training.best_step ? `, validated best at ${count(training.best_step)}` : ''}`
        ],
        ['a step', `${text(training.batch)} sequences of ${count(training.sequence_hours)} h`],
        [
            'time',
            `${duration(training.seconds)} on ${text(training.ranks)} rank${training.ranks === 1 ? '' : 's'}, ${
                count(training.tokens_per_second)} hours of data a second`
        ],
        ['trained on', span(training.train_from, training.train_to)],
        ['validated on', span(training.train_to, training.validation_to)],
        ['held back', span(training.validation_to, training.test_to)],
    ].filter(([, value]) => value));
}

function showTraining() {
    const here = section('training'), training = report.training;
    if (!training) return keep(here, 'none', () => [here.append(missingNote('training.json') ?? '')]);
    const has = topic => training[topic]?.value?.some(isNumber);
    const wanted = [
        has('training_loss') && lossFigure, has('gradient_norm') && gradientFigure, has('throughput') && throughputFigure
    ].filter(Boolean);
    keep(here, `${wanted.length} ${training.is_going_on}`, () => {
        const charts = wanted.map(make => make()), card = el('div', {class: 'card'});
        here.append(el('div', {class: 'grid'}, charts), training.is_going_on ? '' : card);
        return [...charts.map(chart => chart.redraw), () => card.replaceChildren(trainingFacts())];
    });
}

// Means over calls: [{hop, compute, exposed, transfer [ms], sent [bytes], messages}].
function perCall(hops, calls) {
    return (hops ?? []).map((hop, i) => ({
                                hop: i,
                                compute: 1e3 * hop.compute_seconds / calls,
                                exposed: 1e3 * hop.exposed_seconds / calls,
                                transfer: 1e3 * hop.transfer_seconds / calls,
                                sent: hop.bytes_sent / calls,
                                messages: hop.messages_sent / calls
                            }));
}

function hopFigure(pass, hops) {
    const sum = key => hops.reduce((total, hop) => total + (isNumber(hop[key]) ? hop[key] : 0), 0);
    const said = `${significant(sum('compute') + sum('exposed'))} ms a call, ${
        percent(100 * sum('exposed') / (sum('compute') + sum('exposed')), 1)} of it waiting for the ring.`;
    const label = hop => hop === 0 ? '0 (own block)' : String(hop);
    return figure({
        heading: `${pass} pass`,
        caption: said,
        summary: () => said,
        chart: () => ({
            data: {
                labels: hops.map(hop => label(hop.hop)),
                datasets: [
                    bar('compute', hops.map(h => h.compute), colour.model, {maxBarThickness: 44}),
                    bar('exposed wait', hops.map(h => h.exposed), colour.wait, {maxBarThickness: 44})
                ]
            },
            options: options({
                x: {stacked: true, grid: {display: false}, title: {text: 'hop'}},
                y: {stacked: true, beginAtZero: true, title: {text: 'time a call, ms'}, ticks: {maxTicksLimit: 7}},
                legend: squares,
                tooltip: {
                    callbacks: {
                        title: items => items.length ? `hop ${items[0].label}` : '',
                        label: item => `${item.dataset.label}: ${significant(item.parsed.y)} ms`
                    }
                }
            }),
        }),
        rows: () => ({
            columns: ['hop', 'compute, ms', 'exposed wait, ms'],
            rows: hops.map(h => [label(h.hop), significant(h.compute), significant(h.exposed)])
        }),
    });
}

function showRing() {
    const here = section('ring'), ring = report.training?.ring;
    const passes = [
        ['Forward', perCall(ring?.forward, ring?.forward_calls), ring?.forward_calls],
        ['Backward', perCall(ring?.backward, ring?.backward_calls), ring?.backward_calls]
    ].filter(([, hops, calls]) => hops.length && calls > 0);
    here.hidden = document.querySelector('nav a[href="#ring"]').hidden = !passes.length && report.training?.is_going_on;
    if (!passes.length)
        return here.append(
            missingNote('training.json') ?? el('p', {class: 'note'}, 'training.json holds no ring timing.'));
    const hidden = hop => hop.transfer > 0 ? percent(100 * Math.max(0, 1 - hop.exposed / hop.transfer), 0) : dash;
    here.append(
        el('p', {class: 'hint'},
           `Means a call on rank 0 of ${text(report.training.ranks)}; ${text(ring.partition)} partition, ${
               text(ring.exchange)} exchange, ${
               text(
                   ring.backend)} kernels. While a block is computed on, the next one travels: only the exposed wait costs time.`),
        el('div', {class: 'grid'}, passes.map(([pass, hops]) => hopFigure(pass, hops))),
        el('div', {class: 'card'},
           table(
               [
                   'Pass and hop', 'compute, ms', 'exposed wait, ms', 'transfer, ms', 'transfer hidden', 'sent',
                   'messages'
               ],
               passes.flatMap(
                   ([pass, hops]) => hops.map(
                       h =>
                           [`${pass} ${h.hop}`, significant(h.compute), significant(h.exposed), significant(h.transfer),
                            hidden(h), bytes(h.sent), significant(h.messages)])),
               `Mean of ${
                   passes.map(([pass, , calls]) => `${count(calls)} ${pass.toLowerCase()}`).join(' and ')} calls`)));
}
