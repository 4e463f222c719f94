// SPDX-License-Identifier: MIT
// How good the forecasts are: the headline figures, the table of regions, and the error by region, hour and lead.

const scored = () => report.scores?.regions ?? [];
const rivals = [
    {key: 'mape', label: 'model', colour: 'model'},
    {key: 'mape_naive24', label: 'naive 24 h (yesterday)', colour: 'naive24'},
    {key: 'mape_naive168', label: 'naive 168 h (last week)', colour: 'naive168'},
    {key: 'mape_operator', label: 'operator\'s forecast', colour: 'operator'},
];
const naiveRivals = rivals.slice(0, 3);
const hasOperator = () => scored().some(region => isNumber(region.mape_operator));
const nominal = () => {
    const band = scored().find(region => Array.isArray(region.band))?.band;
    return band ? 100 * (band[1] - band[0]) : null;
};

function change(model, other) {
    if (!isNumber(model) || !isNumber(other) || !other) return dash;
    const by = 100 * (model / other - 1);
    return `${by < 0 ? '−' : '+'}${percent(Math.abs(by), 0)}`;
}

function showHeadline() {
    const spans = [report.scores?.test_from, report.scores?.test_to].filter(Boolean);
    const whole = scored().filter(region => naiveRivals.every(rival => isNumber(region[rival.key])));
    if (!whole.length) return;
    const wins = whole.filter(r => r.mape < r.mape_naive24 && r.mape < r.mape_naive168).length;
    section('span').textContent = `Better than both naive forecasts in ${wins} of ${whole.length} regions. ` +
        (spans.length === 2 ? `Scored on ${count(whole.reduce((n, r) => n + (r.n ?? 0), 0))} hours from ${
                                  spans[0]} to ${spans[1]} UTC.` :
                              '');
    const operated = whole.filter(region => isNumber(region.mape_operator));
    const all = key => mean(whole.map(region => region[key]));
    const tile = (value, label) => el('div', {class: 'tile'}, el('b', {}, value), el('span', {}, label));
    section('tiles').append(
        ...[tile(percent(all('mape')), `model MAPE, mean of ${whole.length} region${whole.length > 1 ? 's' : ''}`),
            tile(
                percent(all('mape_naive24')),
                `copying yesterday; the model is at ${change(all('mape'), all('mape_naive24'))}`),
            tile(
                percent(all('mape_naive168')),
                `copying last week; the model is at ${change(all('mape'), all('mape_naive168'))}`),
            operated.length ? tile(
                                  percent(all('mape_operator')),
                                  `the operators' own forecasts of ${
                                      operated.map(r => r.code).slice(0, 5).join(', ')}; the model there: ${
                                      percent(mean(operated.map(r => r.mape)))}`) :
                              null,
            tile(
                percent(all('coverage'), 1),
                `of hours inside the band${isNumber(nominal()) ? `, which should hold ${percent(nominal(), 0)}` : ''}`),
    ].filter(Boolean));
}

function scoreRow(region) {
    const shown = hasOperator() ? rivals : naiveRivals;
    const known = shown.map(rival => region[rival.key]).filter(isNumber), best = Math.min(...known);
    const cells =
        shown.map(rival => ({value: percent(region[rival.key]), best: known.length > 1 && region[rival.key] === best}));
    const name = nameOf(region.code) === region.code ?
        region.code :
        [el('b', {}, region.code), ' ', el('small', {}, nameOf(region.code))];
    return [
        el('span', {}, name), count(region.n), ...cells, change(region.mape, region.mape_naive24), count(region.mae_mw),
        count(region.rmse_mw), percent(region.coverage, 1)
    ];
}

function showScores() {
    const here = section('scores');
    if (!scored().length)
        return here.append(missingNote('scores.json') ?? el('p', {class: 'note'}, 'scores.json holds no region.'));
    const operator = hasOperator() ? ['MAPE, operator\'s forecast'] : [];
    const columns = [
        'Region', 'hours scored', 'MAPE, model', 'MAPE, naive 24 h', 'MAPE, naive 168 h', ...operator,
        'model against naive 24 h', 'MAE, MW', 'RMSE, MW', 'inside the band'
    ];
    const seen = report.training?.validation_to, from = report.scores.test_from;
    const isInSample = seen && from && from <= seen;
    const partial = scored().filter(r => isNumber(r.n_operator) && isNumber(r.mape_operator) && r.n_operator !== r.n);
    here.append(
        el('p', {class: 'hint'},
           'Mean absolute percentage error over all leads; the best of each row is bold with a tick. The naive forecasts copy the same hour of yesterday and of a week ago, on the same hours as the model.'),
        el('div', {class: 'card'}, table(columns, scored().map(scoreRow), isInSample ? 'Scores by region' : 'Scores by region on held-back hours')),
        isInSample ? el('p', {class: 'note'}, `Hours up to ${seen} UTC were learnt from or validated on: there this is no forecast.`) : '',
        partial.length ? el('p', {class: 'caption'},
                            `The operator published fewer or other hours than were scored: ${
                                partial.map(r => `${r.code} ${count(r.n_operator)} of ${count(r.n)}`).join(', ')}.`) :
                         '',
        byRegionFigure());
}

const mapeAxis = {
    beginAtZero: true,
    title: {text: 'MAPE, %'},
    ticks: {callback: value => `${value} %`, maxTicksLimit: 7}
};
const percentLabel = item => `${item.dataset.label}: ${percent(item.parsed.y)}`;

function byRegionFigure() {
    const shown = hasOperator() ? rivals : naiveRivals;
    return figure({
        heading: 'Error by region',
        summary: () =>
            scored().map(r => `${r.code}: ${shown.map(rival => `${rival.label} ${percent(r[rival.key])}`).join(', ')}`)
                .join('; ') +
            '.',
        chart: () => ({
            data: {
                labels: scored().map(r => r.code),
                datasets: shown.map(
                    rival =>
                        bar(rival.label, scored().map(r => r[rival.key] ?? null), colour[rival.colour],
                            {maxBarThickness: 34}))
            },
            options: options({
                x: {grid: {display: false}, title: {text: 'region'}},
                y: mapeAxis,
                tooltip: {callbacks: {label: percentLabel}},
                legend: squares
            }),
        }),
        rows: () => ({
            columns: ['region', ...shown.map(rival => `${rival.label}, MAPE`)],
            rows: scored().map(r => [r.code, ...shown.map(rival => percent(r[rival.key]))])
        }),
    });
}

// The entries of `list` ("by_hour") of the chosen regions, averaged key by key: [{hour, mape, …}] in order of `by`.
function averaged(regions, list, by, keys) {
    const at = new Map();
    for (const entry of regions.flatMap(region => region[list] ?? []))
        at.set(entry[by], [...(at.get(entry[by]) ?? []), entry]);
    return [...at.keys()]
        .sort((a, b) => a - b)
        .map(
            place =>
                ({[by]: place, ...Object.fromEntries(keys.map(key => [key, mean(at.get(place).map(e => e[key]))]))}));
}

function showErrors() {
    const here = section('errors');
    if (!scored().length)
        return here.append(missingNote('scores.json') ?? el('p', {class: 'note'}, 'scores.json holds no region.'));
    let chosen = scored();
    const whose = () => chosen.length === 1 ? title(chosen[0].code) : `Mean of ${chosen.length} regions`;
    const has = list => scored().some(region => region[list]?.length);
    const hourly = has('by_hour') ? [byHourFigure(() => chosen, whose)] : [];
    const byLead = has('by_lead') ? [byLeadFigure(() => chosen, whose), coverageFigure(() => chosen, whose)] : [];
    const charts = [...hourly, ...byLead];
    if (!charts.length) return here.append(el('p', {class: 'note'}, 'scores.json holds no errors by hour or lead.'));
    const choose = code => {
        chosen = code === '*' ? scored() : scored().filter(r => r.code === code);
        for (const each of charts) each.redraw();
    };
    const entries = [...(scored().length > 1 ? [['*', 'All regions']] : []), ...scored().map(r => [r.code, title(r.code)])];
    here.append(
        el('div', {class: 'controls'}, select('Region', entries, choose)), ...hourly,
        el('div', {class: 'grid'}, byLead));
}

function byHourFigure(regions, whose) {
    const hours = () => averaged(regions(), 'by_hour', 'hour', naiveRivals.map(rival => rival.key));
    const worst = () => hours().reduce((a, b) => (b.mape ?? -1) > (a?.mape ?? -1) ? b : a, null);
    return figure({
        heading: 'Error by hour of the day',
        caption: () => `${whose()}. Local hour in which the load was consumed: 0 is midnight to 1 a.m.`,
        summary: () => worst() ?
            `${whose()}: the model errs most in hour ${worst().hour}, MAPE ${percent(worst().mape)}.` :
            'No hours.',
        chart: () => ({
            data: {
                labels: hours().map(h => h.hour),
                datasets:
                    naiveRivals.map(rival => bar(rival.label, hours().map(h => h[rival.key]), colour[rival.colour]))
            },
            options: options({
                x: {grid: {display: false}, title: {text: 'local hour of the day'}, ticks: {maxRotation: 0}},
                y: mapeAxis,
                legend: squares,
                tooltip:
                    {callbacks: {title: items => items.length ? `hour ${items[0].label}` : '', label: percentLabel}}
            }),
        }),
        rows: () => ({
            columns: ['local hour', ...naiveRivals.map(rival => `${rival.label}, MAPE`)],
            rows: hours().map(h => [h.hour, ...naiveRivals.map(rival => percent(h[rival.key]))])
        }),
    });
}

const leadAxis = {
    type: 'linear',
    min: 1,
    bounds: 'data',
    title: {text: 'lead, hours after the last known hour'},
    ticks: {maxRotation: 0, autoSkipPadding: 12},
    afterBuildTicks(axis) {
        axis.ticks = Array.from({length: Math.floor(axis.max)}, (_, i) => i + 1)
                         .filter(lead => lead === 1 || lead % 3 === 0)
                         .map(value => ({value}));
    },
};
const leadTitle = items => items.length ? `${items[0].parsed.x} h ahead` : '';

function byLeadFigure(regions, whose) {
    const leads = () => averaged(regions(), 'by_lead', 'lead', ['mape']);
    return figure({
        heading: 'Error by lead',
        caption: () => `${whose()}. How the error grows with the distance.`,
        summary: () => leads().length ? `${whose()}: MAPE ${percent(leads()[0].mape)} at ${leads()[0].lead} h, ${
                                            percent(leads().at(-1).mape)} at ${leads().at(-1).lead} h.` :
                                        'No leads.',
        chart: () => ({
            data: {
                datasets: [line(
                    'model', leads().map(l => ({x: l.lead, y: l.mape})),
                    {borderColor: colour.model, pointRadius: 2.5, pointStyle: 'circle', backgroundColor: colour.model})]
            },
            options: options({
                x: leadAxis,
                y: mapeAxis,
                tooltip: {callbacks: {title: leadTitle, label: percentLabel}},
                legend: {display: false}
            }),
        }),
        rows: () => ({columns: ['lead, h', 'model, MAPE'], rows: leads().map(l => [l.lead, percent(l.mape)])}),
    });
}

function coverageFigure(regions, whose) {
    const leads = () => averaged(regions(), 'by_lead', 'lead', ['coverage']);
    const aim = nominal();
    const ends = () => leads().length ? [leads()[0], leads().at(-1)] : [];
    return figure({
        heading: 'Does the band hold what it promises?',
        caption: () => `${whose()}. Share of hours that fell inside the band${
            isNumber(aim) ? `; honest is ${percent(aim, 0)}` : ''}.`,
        summary: () => ends().length ? `${whose()}: ${percent(ends()[0].coverage, 0)} at ${ends()[0].lead} h, ${
                                           percent(ends()[1].coverage, 0)} at ${ends()[1].lead} h.` :
                                       'No leads.',
        chart: () => ({
            data: {
                datasets: [
                    line('inside the band', leads().map(l => ({x: l.lead, y: l.coverage})), {
                        borderColor: colour.model,
                        pointRadius: 2.5,
                        pointStyle: 'circle',
                        backgroundColor: colour.model
                    }),
                    ...(isNumber(aim) ? [line(
                                            'promised', leads().map(l => ({x: l.lead, y: aim})),
                                            {borderColor: colour.muted, borderDash: [5, 4], borderWidth: 1.3})] :
                                        []),
                ]
            },
            options: options({
                x: leadAxis,
                y: {
                    suggestedMin: 60,
                    max: 100,
                    title: {text: 'hours inside the band, %'},
                    ticks: {callback: value => `${value} %`, maxTicksLimit: 6}
                },
                tooltip: {
                    callbacks: {title: leadTitle, label: item => `${item.dataset.label}: ${percent(item.parsed.y, 1)}`}
                }
            }),
        }),
        rows: () =>
            ({columns: ['lead, h', 'inside the band'], rows: leads().map(l => [l.lead, percent(l.coverage, 1)])}),
    });
}
