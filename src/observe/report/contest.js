// SPDX-License-Identifier: MIT
// The forecast beside others on the same hours, where `gridring evaluate --data` has compared them.

const contestOf = () => report.scores?.contest;
const kinds = {
    by_hour: {label: 'hour of the day', keys: i => i},
    by_weekday: {label: 'day of the week', keys: i => ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][i]},
    by_month: {
        label: 'month',
        keys: i => ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][i]
    },
};
const rangeName = range => `${range.leads[0]} to ${range.leads[1]} h ahead`;

// Whether entry `at` differs from the first one for sure; compared day by day (Diebold-Mariano).
const isSure = (region, at) => at > 0 && isNumber(region.dm_p?.[at]?.[0]) && region.dm_p[at][0] < .01;

function contestTable(range) {
    const rows = range.regions.map(region => {
        const errors = region.entries.map(entry => entry.mape), best = Math.min(...errors.filter(isNumber));
        return [
            region.region, count(region.entries[0]?.n),
            ...region.entries.map(
                (entry, at) =>
                    ({value: `${percent(entry.mape)}${isSure(region, at) ? ' *' : ''}`, best: entry.mape === best}))
        ];
    });
    const columns = ['Region', 'hours', ...contestOf().entries];
    return el('div', {class: 'card'}, table(columns, rows, `MAPE, ${rangeName(range)}`));
}

function bandTable(range) {
    const known = range.regions.filter(region => region.quantiles);
    if (!known.length) return '';
    const cells = quantiles => [significant(quantiles?.wql),
                                ...(quantiles?.bands ?? []).flatMap(band => [percent(band.coverage, 1), percent(band.width_percent, 1)])];
    const names = known[0].quantiles.bands.flatMap(band => [`inside the ${band.level} % band`, 'its width']);
    const before = known[0].quantiles_uncalibrated ? ['before: WQL', ...names.map(name => `before: ${name}`)] : [];
    const rows = known.map(region => [region.region, ...cells(region.quantiles),
                                      ...(before.length ? cells(region.quantiles_uncalibrated) : [])]);
    return el(
        'div', {class: 'card'},
        table(['Region', 'WQL', ...names, ...before], rows, `Quantiles of ${contestOf().entries[0]}, ${rangeName(range)}`));
}

function whenFigure(region, kind) {
    const names = contestOf().entries, tones = ['model', 'actual', 'naive24', 'naive168', 'operator', 'flag1', 'flag2', 'flag3'];
    const errors = at => region()[kind()].mape[at];
    const keys = () => errors(0).map((_, i) => kinds[kind()].keys(i));
    const range = list => list.filter(isNumber).length ?
        `${percent(Math.min(...list.filter(isNumber)))} to ${percent(Math.max(...list.filter(isNumber)))}` :
        dash;
    return figure({
        heading: 'Error by when',
        caption: () => `${region().region}: by local ${kinds[kind()].label}.`,
        summary: () => names.map((name, at) => `${name}: ${range(errors(at))}`).join('; ') + '.',
        chart: () => ({
            data: {
                labels: keys(),
                datasets: names.map(
                    (name, at) => line(name, errors(at), {
                        borderColor: colour[tones[at % tones.length]],
                        borderWidth: at ? 1.3 : 2.6,
                        borderDash: at < tones.length ? [] : [4, 3]
                    }))
            },
            options: options({
                x: {grid: {display: false}, title: {text: kinds[kind()].label}, ticks: {maxRotation: 0}},
                y: mapeAxis,
                tooltip: {callbacks: {label: percentLabel}}
            }),
        }),
        rows: () => ({
            columns: [kinds[kind()].label, ...names],
            rows: keys().map((key, i) => [key, ...names.map((_, at) => percent(errors(at)[i]))])
        }),
    });
}

function showContest() {
    const here = section('contest'), contest = contestOf();
    here.hidden = document.querySelector('nav a[href="#contest"]').hidden = !contest?.ranges?.length;
    if (here.hidden) return;
    let range = contest.ranges[0], place = range.regions.length - 1, kind = 'by_hour';
    const tables = el('div');
    const chart = whenFigure(() => range.regions[place], () => kind);
    const fill = () => tables.replaceChildren(contestTable(range), bandTable(range));
    const choose = change => value => {
        change(value);
        fill();
        chart.redraw();
    };
    fill();
    here.append(
        el('p', {class: 'hint'},
           `Forecasts of ${contest.from} to ${contest.to} (${contest.origins}), all on the same hours; the best of each row is bold with a tick. An asterisk says that a forecast differs from ${
               contest.entries[0]} by more than luck (Diebold-Mariano, p < .01).${
               contest.calibrated_on ? ` The quantiles are calibrated ${contest.calibrated_on === 'online' ? '' : 'on '}${contest.calibrated_on}.` : ''}`),
        el('div', {class: 'controls'},
           select(
               'Leads', contest.ranges.map((each, i) => [i, rangeName(each)]), choose(i => { range = contest.ranges[i]; })),
           select('Region', range.regions.map((each, i) => [i, each.region]).reverse(), choose(i => { place = i; })),
           select('Errors by', Object.entries(kinds).map(([key, each]) => [key, each.label]), choose(key => { kind = key; }))),
        tables, chart);
}
