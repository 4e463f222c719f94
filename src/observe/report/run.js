// SPDX-License-Identifier: MIT
// Where it all came from: extraction, data quality, provenance. Last, the page is drawn.

function showExtraction() {
    const here = section('extraction'), e = report.extraction;
    if (!e) return here.append(missingNote('extraction.json'));
    const regions = e.regions ?? [];
    here.append(el('div', {class: 'card'}, facts([
                       ['period', `${text(e.from)} to ${text(e.to)} UTC`],
                       ['source', `${text(e.source ?? e.base_url).split('?')[0]}, API ${text(e.api_version)}`],
                       ['requests', `${count(e.requests)}, of them ${count(e.retries)} tried again`],
                       [
                           'records',
                           `${count(e.records)} in ${duration(e.seconds)}: ${
                               count(e.records_per_second)} records a second, ${bytes(e.bytes_on_wire)} on the wire`
                       ],
                       ['missing', `${count(e.gap_hours)} hours in ${count(e.gap_runs)} gaps`],
                       [
                           'files',
                           [
                               el('code', {}, text(e.series)), e.raw_folder ? ' from the raw pages in ' : '',
                               e.raw_folder ? el('code', {}, e.raw_folder) : ''
                           ]
                       ],
                   ])));
    if (regions.length)
        here.append(
            el('div', {class: 'card'},
               table(
                   ['Region', 'quantity', 'rows', 'missing hours', 'longest gap, h', 'conflicting rows'],
                   regions.map(
                       r =>
                           [r.code ?? dash, text(r.type), count(r.rows), count(r.gap_hours), count(r.longest_gap_hours),
                            count(r.conflicts)]),
                   'Rows and gaps by region')));
}

/// The flags that any of the rows carries.
function usedFlags(rows, flags) {
    return flags.map((name, bit) => ({name: name.replaceAll('_', ' '), bit}))
        .filter(flag => rows.some(row => row.counts[flag.bit]));
}

function qualityFigure(rows, flags) {
    const used = usedFlags(rows, flags);
    const said = rows.map(row => `${row.region} ${percent(100 * row.flagged / row.hours)}`).join(', ');
    return figure({
        heading: 'Flagged hours of demand',
        caption:
            'Judged from both sides of an hour; the values themselves are kept as received. Training and scoring leave out the hours that are not to be trusted by what was known at the time.',
        summary: () => `Share of hours flagged: ${said}.`,
        chart: () => ({
            data: {
                labels: rows.map(row => row.region),
                datasets: used.map(
                    (flag, i) =>
                        bar(flag.name, rows.map(row => row.counts[flag.bit]), colour[`flag${i % 6 + 1}`],
                            {maxBarThickness: 26}))
            },
            options: options({
                indexAxis: 'y',
                interaction: {mode: 'index', intersect: false, axis: 'y'},
                legend: squares,
                x: {stacked: true, title: {text: 'hours'}, ticks: {callback: value => count(value), maxTicksLimit: 7}},
                y: {stacked: true, grid: {display: false}, title: {text: 'region'}},
                tooltip: {callbacks: {label: item => `${item.dataset.label}: ${count(item.parsed.x)} h`}}
            }),
        }),
        rows: () => ({
            columns: ['region', ...used.map(flag => `${flag.name}, h`)],
            rows: rows.map(row => [row.region, ...used.map(flag => count(row.counts[flag.bit]))])
        }),
    });
}

function showQuality() {
    const here = section('quality'), quality = report.quality;
    if (!quality) return here.append(missingNote('series.h5'));
    const demand = quality.rows.filter(row => row.variable === 'demand');
    here.append(
        el('p', {class: 'hint'},
           `${count(quality.hours)} hours of every region, ${utc.date(quality.first)} to ${
               utc.date(quality.first + quality.hours - 1)} (UTC).`));
    const calendar = calendarCard(quality);
    if (calendar) here.append(calendar);
    if (demand.some(row => row.flagged)) here.append(qualityFigure(demand, quality.flags));
    if (!quality.rows.length)
        return here.append(el('p', {class: 'note'}, 'series.h5 holds no flags: its values have not been screened.'));
    const used = usedFlags(quality.rows, quality.flags);
    here.append(
        el('div', {class: 'card'},
           table(
               ['Region', 'quantity', 'hours', 'flagged', 'share', ...used.map(flag => flag.name)],
               quality.rows.map(
                   row =>
                       [row.region, row.variable.replaceAll('_', ' '), count(row.hours), count(row.flagged),
                        percent(100 * row.flagged / row.hours), ...used.map(flag => count(row.counts[flag.bit]))]),
               'Flagged hours by region and quantity')));
}

function showProvenance() {
    const here = section('provenance'), run = report.run;
    if (run)
        here.append(el('div', {class: 'card'}, facts([
                           ['command', el('code', {}, text(run.command))],
                           ['commit', el('code', {}, text(run.git_commit))],
                           ['version', `gridring ${text(run.version)}`],
                           ['started', text(run.started_at)],
                           ['finished', text(run.finished_at)],
                           ['seed', text(run.seed)],
                           [
                               'ran on',
                               `${text(run.host)}: ${text(run.ranks)} rank${run.ranks === 1 ? '' : 's'}, ${
                                   text(run.threads)} thread${run.threads === 1 ? '' : 's'} each`
                           ],
                       ])));
    else
        here.append(missingNote('run.json'));
    here.append(
        report.config ? el('div', {class: 'card'},
                           el('details', {}, el('summary', {}, 'Configuration, as resolved'),
                              el('pre', {tabindex: 0}, report.config))) :
                        missingNote('config.yaml') ?? '');
    const written = report.written;
    section('footer').append(
        el('p', {},
           `${written.at ? `Written ${written.at}` : 'Shown'} by gridring ${written.version} (${
               written.git_commit}) from the files of the run folder “${report.name}”.`),
        el('p', {},
           'Charts: Chart.js 3.9.1, © 2022 Chart.js Contributors, MIT licence. This page loads nothing from elsewhere.'));
}

// What each section is drawn from: its topics, and where it is. Those without a place keep what they have shown.
const sections = [
    {topics: ['scores'], show: showHeadline, places: ['tiles', 'span']},
    {topics: ['training'], show: showTraining},
    {topics: ['ranks'], show: showTimeline},
    {topics: ['training'], show: showRing, places: ['ring']},
    {topics: ['forecast', 'regions'], show: showNextHours, places: ['forecast']},
    {topics: ['scores', 'regions'], show: showScores, places: ['scores']},
    {topics: ['evaluation', 'regions'], show: showHeldBack, places: ['held-back']},
    {topics: ['scores', 'regions'], show: showErrors, places: ['errors']},
    {topics: ['scores'], show: showContest, places: ['contest']},
    {topics: ['extraction'], show: showExtraction, places: ['extraction']},
    {topics: ['quality', 'regions'], show: showQuality, places: ['quality']},
    {topics: ['run', 'config'], show: showProvenance, places: ['provenance', 'footer']},
];

// Shows what the changed topics, names of `report`, touch.
function showChanged(changed) {
    for (const {topics, show, places = []} of sections) {
        if (![...topics, 'missing'].some(topic => changed.includes(topic))) continue;
        for (const place of places) clear(section(place));
        const before = new Set(figures);
        show();
        if (places.length)
            for (const each of figures) before.has(each) || each.redraw();
    }
}
