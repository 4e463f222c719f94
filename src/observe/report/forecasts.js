// SPDX-License-Identifier: MIT
// The next hours of every region, and the forecasts of the held-back tail beside what came.

const bandName = band => band ? `${percent(100 * (band[1] - band[0]), 0)} band` : '';

const megawattAxis = {
    title: {text: 'demand, MW'},
    ticks: {callback: value => count(value), maxTicksLimit: 7}
};

// Points are {x: hour, actual, median, lower, upper}, null where unknown; `mark` is the last known hour.
function forecastChart(points, clock, band, mark) {
    const column = key => points.map(point => ({x: point.x, y: point[key]}));
    const ends = band ?
        [
            line('_lower', column('lower'), {borderWidth: 0, pointHoverRadius: 0}),
            line(bandName(band), column('upper'), {
                borderWidth: 0,
                fill: '-1',
                backgroundColor: colour.band,
                borderColor: colour.band,
                pointStyle: 'rect',
                pointHoverRadius: 0
            }),
        ] :
        [];
    const label = item => {
        const point = points[item.dataIndex];
        const isBand = band && item.dataset.label === bandName(band);
        return `${item.dataset.label}: ${
            isBand ? `${megawatt(point.lower)} to ${megawatt(point.upper)}` : megawatt(item.parsed.y)}`;
    };
    return {
        data: {
            datasets: [
                ...ends,
                line('actual', column('actual'), {borderColor: colour.actual, borderWidth: 1.5}),
                line(
                    'forecast (median)', column('median'),
                    {borderColor: colour.model, borderWidth: 2, borderDash: [5, 2]}),
            ]
        },
        options: options({
            x: hourAxis(clock, points[0].x, points.at(-1).x, mark),
            y: megawattAxis,
            tooltip: {
                callbacks: {title: items => items.length ? `hour ending ${clock.stamp(items[0].parsed.x)}` : '', label}
            },
            legend: {labels: {pointStyle: undefined}},
        }),
    };
}

function forecastRows(points, clock, band) {
    return {
        columns:
            [`hour ending, ${clock.zone}`, 'actual, MW', 'median, MW', ...(band ? ['lower, MW', 'upper, MW'] : [])],
        rows: points.map(
            p =>
                [clock.stamp(p.x),
                 ...[p.actual, p.median, ...(band ? [p.lower, p.upper] : [])].map(
                     x => isNumber(x) ? significantMegawatt(x) : dash)]),
    };
}
const significantMegawatt = x => Math.abs(x) >= 1000 ? count(x) : significant(x);

// The forecast of origin number `origin` in a region's flat columns, one point a lead.
function pointsOf(region, origin, horizon) {
    return Array.from({length: horizon}, (_, lead) => {
        const at = origin * horizon + lead, median = region.median[at] ?? null;
        const from = (offset, sign) => isNumber(median) && isNumber(offset) ? median + sign * offset : null;
        return {
            x: region.origins[origin] + lead + 1,
            median,
            actual: from(region.miss[at], 1),
            lower: from(region.below[at], -1),
            upper: from(region.above[at], 1)
        };
    });
}

const extreme = (points, key, better) =>
    points.filter(p => isNumber(p[key])).reduce((best, p) => !best || better(p[key], best[key]) ? p : best, null);

function nextHoursFigure(region, horizon, band) {
    const clock = clockOf(region.code), origin = region.origins[0], first = origin - region.history.length + 1;
    const past = region.history.map((actual, i) => ({x: first + i, actual, median: null, lower: null, upper: null}));
    const ahead = pointsOf(region, 0, horizon).map(point => ({...point, actual: null}));
    const peak = extreme(ahead, 'median', (a, b) => a > b), trough = extreme(ahead, 'median', (a, b) => a < b);
    const said = peak ? `Peak ${megawatt(peak.median)} at ${clock.day(peak.x)} ${clock.time(peak.x)}, low ${
                            megawatt(trough.median)} at ${clock.time(trough.x)}.` :
                        'No forecast.';
    return figure({
        heading: title(region.code),
        caption: `${said} Last known hour: ${clock.stamp(origin)}.`,
        summary: () => `${said} ${past.length ? `With the ${past.length} hours before it.` : ''}`,
        chart: () => forecastChart([...past, ...ahead], clock, band, origin),
        rows: () => forecastRows(ahead, clock, band),
    });
}

function showNextHours() {
    const here = section('forecast'), forecast = report.forecast;
    if (!forecast?.regions.length)
        return here.append(missingNote('forecast.h5') ?? el('p', {class: 'note'}, 'forecast.h5 holds no forecast.'));
    here.append(
        el('p', {class: 'hint'},
           `Forecast of mean hourly demand for the ${forecast.horizon} hours after the last known one: the median`,
           forecast.band ? ` with its ${bandName(forecast.band)}` : '',
           ', after the seven days before it. Times are local to each region; gaps are missing or doubtful hours.'));
    const grid =
        el('div', {class: 'grid'},
           forecast.regions.slice(0, 8).map(region => nextHoursFigure(region, forecast.horizon, forecast.band)));
    here.append(grid);
    if (forecast.regions.length > 8) here.append(otherRegions(forecast, grid));
}

// More regions than a page can bear: the last place of the grid shows any of the others.
function otherRegions(forecast, grid) {
    const others = forecast.regions.slice(8);
    const show = code => {
        if (grid.children.length > 8) {
            figures.splice(figures.indexOf(grid.lastChild), 1);
            grid.lastChild.remove();
        }
        grid.append(nextHoursFigure(others.find(region => region.code === code), forecast.horizon, forecast.band));
        if (document.documentElement.dataset.charts) grid.lastChild.redraw();
    };
    show(others[0].code);
    return el(
        'div', {class: 'controls'},
        select(
            `The last chart shows, of ${others.length} further regions,`, others.map(r => [r.code, title(r.code)]),
            show));
}

// Seven origins in a row as one line: where two forecasts cover an hour (clocks go forward), the newer one is drawn.
function weekOf(region, first, horizon) {
    const byHour = new Map();
    for (let i = first; i < Math.min(first + 7, region.origins.length); ++i)
        for (const point of pointsOf(region, i, horizon)) byHour.set(point.x, point);
    const hours = [...byHour.keys()];
    const none = {actual: null, median: null, lower: null, upper: null};
    return Array.from(
        {length: Math.max(...hours) - Math.min(...hours) + 1},
        (_, i) => byHour.get(Math.min(...hours) + i) ?? {x: Math.min(...hours) + i, ...none});
}

function showHeldBack() {
    const here = section('held-back'), evaluation = report.evaluation;
    const regions = evaluation?.regions.filter(region => region.origins.length) ?? [];
    if (!regions.length)
        return here.append(missingNote('results.h5') ?? el('p', {class: 'note'}, 'results.h5 holds no forecast.'));
    let region = regions[0], week = 0, points = [];
    const starts = () => Array.from(
        {length: Math.ceil(region.origins.length / 7)},
        (_, i) => Math.max(0, Math.min(7 * i, region.origins.length - 7)));
    const clock = () => clockOf(region.code);
    const error = () => mean(points.map(
        p => isNumber(p.actual) && p.actual && isNumber(p.median) ?
            100 * Math.abs(p.actual - p.median) / Math.abs(p.actual) :
            null));
    const inside = () => {
        const known = points.filter(p => isNumber(p.actual) && isNumber(p.lower));
        return known.length ?
            100 * known.filter(p => p.lower <= p.actual && p.actual <= p.upper).length / known.length :
            null;
    };
    const span = () =>
        `${clock().day(points[0].x)} to ${clock().day(points.at(-1).x - 1)} ${clock().parts(points.at(-1).x - 1).year}`;
    const verdict = () => `${title(region.code)}, ${span()}: MAPE ${percent(error())}${
        evaluation.band ? `, ${percent(inside(), 0)} of hours inside the ${bandName(evaluation.band)}` : ''}.`;
    const chart = figure({
        heading: 'Forecast and actual, one week',
        tall: true,
        caption: verdict,
        summary: verdict,
        chart: () => forecastChart(points, clock(), evaluation.band),
        rows: () => forecastRows(points, clock(), evaluation.band),
    });
    const slider = el('input', {type: 'range', min: 0, step: 1, oninput: () => go(Number(slider.value))});
    const earlier = el('button', {type: 'button', onclick: () => go(week - 1)}, '← Earlier');
    const later = el('button', {type: 'button', onclick: () => go(week + 1)}, 'Later →');
    function go(to, isFirst = false) {
        const all = starts();
        week = Math.max(0, Math.min(to, all.length - 1));
        points = weekOf(region, all[week], evaluation.horizon);
        slider.max = all.length - 1;
        slider.value = week;
        slider.setAttribute('aria-valuetext', span());
        earlier.disabled = week === 0;
        later.disabled = week === all.length - 1;
        if (!isFirst) chart.redraw();
    }
    const shown = Math.max(...regions.map(r => r.origins.length));
    here.append(
        el('p', {class: 'hint'},
           `Each forecast is made at its origin and covers the ${
               evaluation.horizon} hours after it; times are local to the region.`,
           shown < evaluation.origins_in_file ?
               ` The newest ${shown} of ${evaluation.origins_in_file} origins are in this page.` :
               ''),
        el('div', {class: 'controls'}, select('Region', regions.map(r => [r.code, title(r.code)]), code => {
               region = regions.find(r => r.code === code);
               go(week);
           }), el('label', {class: 'wide'}, 'Week', slider), el('span', {class: 'pair'}, earlier, ' ', later)), chart);
    go(starts().length - 1, true);
}
