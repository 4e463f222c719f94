// SPDX-License-Identifier: MIT
// What the run did: training, extraction, data quality, the ring, and where it all came from. Last, the page is drawn.

// Exponentially weighted mean without the pull of its start (as Adam corrects its moments).
function smoothed(values, keep = .9) {
  let sum = 0, weight = 0;
  return values.map(value => {
    if (isNumber(value)) { sum = keep * sum + (1 - keep) * value; weight = keep * weight + 1 - keep; }
    return weight ? sum / weight : null;
  });
}
const xy = (xs = [], ys = []) => xs.map((x, i) => ({x, y: ys[i] ?? null}));
const stepAxis = {type: 'linear', min: 0, title: {text: 'training step'}, ticks: {maxRotation: 0, callback: value => count(value), maxTicksLimit: 9}};
const stepTooltip = {callbacks: {title: items => items.length ? `step ${count(items[0].parsed.x)}` : '', label: item => `${item.dataset.label}: ${significant(item.parsed.y)}`}};

function lossFigure(training) {
  const {step = [], value = [], width = 1} = training.training_loss ?? {};
  const smooth = smoothed(value), validation = xy(training.validation_step, training.validation_loss);
  const wide = Math.max(...value.filter(isNumber), 0) > 8 * Math.min(...value.filter(isNumber), Infinity);
  const last = validation.at(-1);
  const said = `Training loss ${significant(smooth.at(-1))} at the end${last ? `, validation ${significant(last.y)} at step ${count(last.x)}` : ''}.`;
  return figure({
    heading: 'Loss', caption: said + (width > 1 ? ` Each point is the mean of ${width} steps.` : ''), summary: () => said,
    chart: () => ({
      data: {datasets: [
        line('training, smoothed', xy(step, smooth), {borderColor: colour.model, borderWidth: 2}),
        line('training', xy(step, value), {borderColor: colour.raw, borderWidth: 1}),
        line('validation', validation, {borderColor: colour.naive24, backgroundColor: colour.naive24, pointRadius: 3.5, pointStyle: 'rectRot', borderDash: [6, 3]}),
      ]},
      options: options({x: stepAxis, y: {type: wide ? 'logarithmic' : 'linear', title: {text: `pinball loss, standard deviations${wide ? ' (log)' : ''}`}, ticks: {callback: value => significant(value), maxTicksLimit: 7}},
                        tooltip: stepTooltip, legend: {labels: {pointStyle: undefined}}, interaction: {mode: 'nearest', intersect: false, axis: 'x'}}),
    }),
    rows: () => ({columns: ['step', 'validation loss'], rows: validation.map(p => [count(p.x), significant(p.y)])}),
  });
}

function gradientFigure(training) {
  const {step, value} = training.gradient_norm, top = Math.max(...value.filter(isNumber));
  const said = `Largest ${significant(top)}, last ${significant(value.at(-1))}.`;
  return figure({
    heading: 'Gradient norm before clipping', caption: said, summary: () => said,
    chart: () => ({data: {datasets: [line('gradient norm', xy(step, value), {borderColor: colour.model, borderWidth: 1.2})]},
      options: options({x: stepAxis, y: {beginAtZero: true, title: {text: 'norm of all gradients'}, ticks: {maxTicksLimit: 7}}, tooltip: stepTooltip, legend: {display: false}})}),
    rows: () => ({columns: ['step', 'gradient norm'], rows: xy(step, value).map(p => [count(p.x), significant(p.y)])}),
  });
}

function showTraining() {
  const here = section('training'), training = report.training;
  if (!training) return here.append(missingNote('training.json'));
  const span = (from, to) => from && to ? `${from} to ${to} UTC` : dash;
  here.append(el('div', {class: 'grid'}, training.training_loss?.value?.length ? lossFigure(training) : null, training.gradient_norm?.value?.length ? gradientFigure(training) : null),
    el('div', {class: 'card', style: 'margin-top:1rem'}, facts([
      ['parameters', count(training.parameters)],
      ['steps', `${count(training.steps)}${training.first_step ? `, resumed at ${count(training.first_step)}` : ''}`],
      ['a step', `${text(training.batch)} sequences of ${count(training.sequence_hours)} h`],
      ['time', `${duration(training.seconds)} on ${text(training.ranks)} rank${training.ranks === 1 ? '' : 's'}, ${count(training.tokens_per_second)} hours of data a second`],
      ['trained on', span(training.train_from, training.train_to)],
      ['validated on', span(training.train_to, training.validation_to)],
      ['held back', span(training.validation_to, training.test_to)],
    ])));
}

function showExtraction() {
  const here = section('extraction'), e = report.extraction;
  if (!e) return here.append(missingNote('extraction.json'));
  const regions = e.regions ?? [];
  here.append(el('div', {class: 'card'}, facts([
    ['period', `${text(e.from)} to ${text(e.to)} UTC`],
    ['source', `${text(e.base_url).split('?')[0]}, API ${text(e.api_version)}`],
    ['requests', `${count(e.requests)}, of them ${count(e.retries)} tried again`],
    ['records', `${count(e.records)} in ${duration(e.seconds)}: ${count(e.records_per_second)} records a second, ${bytes(e.bytes_on_wire)} on the wire`],
    ['missing', `${count(e.gap_hours)} hours in ${count(e.gap_runs)} gaps`],
    ['files', [el('code', {}, text(e.series)), e.raw_folder ? ' from the raw pages in ' : '', e.raw_folder ? el('code', {}, e.raw_folder) : '']],
  ])));
  if (regions.length) here.append(el('div', {class: 'card'}, table(['Region', 'quantity', 'rows', 'missing hours', 'longest gap, h', 'conflicting rows'],
    regions.map(r => [r.code ?? dash, text(r.type), count(r.rows), count(r.gap_hours), count(r.longest_gap_hours), count(r.conflicts)]), 'Rows and gaps by region')));
}

function qualityFigure(rows, flags) {
  const used = flags.map((name, bit) => ({name: name.replaceAll('_', ' '), bit})).filter(flag => rows.some(row => row.counts[flag.bit]));
  const said = rows.map(row => `${row.region} ${percent(100 * row.flagged / row.hours)}`).join(', ');
  return figure({
    heading: 'Flagged hours of demand', caption: 'Left out of training and of scoring; the values themselves are kept as received. An hour can carry several flags.',
    summary: () => `Share of hours flagged: ${said}.`,
    chart: () => ({
      data: {labels: rows.map(row => row.region), datasets: used.map(flag => bar(flag.name, rows.map(row => row.counts[flag.bit]), colour[`flag${flag.bit % 6 + 1}`], {maxBarThickness: 26}))},
      options: options({indexAxis: 'y', interaction: {mode: 'index', intersect: false, axis: 'y'}, legend: squares,
                        x: {stacked: true, title: {text: 'hours'}, ticks: {callback: value => count(value), maxTicksLimit: 7}}, y: {stacked: true, grid: {display: false}, title: {text: 'region'}},
                        tooltip: {callbacks: {label: item => `${item.dataset.label}: ${count(item.parsed.x)} h`}}}),
    }),
    rows: () => ({columns: ['region', ...used.map(flag => `${flag.name}, h`)], rows: rows.map(row => [row.region, ...used.map(flag => count(row.counts[flag.bit]))])}),
  });
}

function showQuality() {
  const here = section('quality'), quality = report.quality;
  if (!quality) return here.append(missingNote('series.h5'));
  const demand = quality.rows.filter(row => row.variable === 'demand');
  here.append(el('p', {class: 'hint'}, `${count(quality.hours)} hours of every region, ${utc.date(quality.first)} to ${utc.date(quality.first + quality.hours - 1)} (UTC).`));
  if (demand.some(row => row.flagged)) here.append(qualityFigure(demand, quality.flags));
  if (!quality.rows.length) return here.append(el('p', {class: 'note'}, 'series.h5 holds no flags: its values have not been screened.'));
  here.append(el('div', {class: 'card'}, table(['Region', 'quantity', 'hours', 'flagged', 'share', ...quality.flags.map(name => name.replaceAll('_', ' '))],
    quality.rows.map(row => [row.region, row.variable.replaceAll('_', ' '), count(row.hours), count(row.flagged), percent(100 * row.flagged / row.hours), ...row.counts.map(count)]),
    'Flagged hours by region and quantity')));
}

// Means over calls: [{hop, compute, exposed, transfer [ms], sent [bytes], messages}].
function perCall(hops, calls) {
  return (hops ?? []).map((hop, i) => ({hop: i, compute: 1e3 * hop.compute_seconds / calls, exposed: 1e3 * hop.exposed_seconds / calls,
                                        transfer: 1e3 * hop.transfer_seconds / calls, sent: hop.bytes_sent / calls, messages: hop.messages_sent / calls}));
}

function hopFigure(pass, hops) {
  const sum = key => hops.reduce((total, hop) => total + (isNumber(hop[key]) ? hop[key] : 0), 0);
  const said = `${significant(sum('compute') + sum('exposed'))} ms a call, ${percent(100 * sum('exposed') / (sum('compute') + sum('exposed')), 1)} of it waiting for the ring.`;
  const label = hop => hop === 0 ? '0 (own block)' : String(hop);
  return figure({
    heading: `${pass} pass`, caption: said, summary: () => said,
    chart: () => ({
      data: {labels: hops.map(hop => label(hop.hop)), datasets: [bar('compute', hops.map(h => h.compute), colour.model, {maxBarThickness: 44}), bar('exposed wait', hops.map(h => h.exposed), colour.wait, {maxBarThickness: 44})]},
      options: options({x: {stacked: true, grid: {display: false}, title: {text: 'hop'}}, y: {stacked: true, beginAtZero: true, title: {text: 'time a call, ms'}, ticks: {maxTicksLimit: 7}}, legend: squares,
                        tooltip: {callbacks: {title: items => items.length ? `hop ${items[0].label}` : '', label: item => `${item.dataset.label}: ${significant(item.parsed.y)} ms`}}}),
    }),
    rows: () => ({columns: ['hop', 'compute, ms', 'exposed wait, ms'], rows: hops.map(h => [label(h.hop), significant(h.compute), significant(h.exposed)])}),
  });
}

function showRing() {
  const here = section('ring'), ring = report.training?.ring;
  const passes = [['Forward', perCall(ring?.forward, ring?.forward_calls), ring?.forward_calls], ['Backward', perCall(ring?.backward, ring?.backward_calls), ring?.backward_calls]]
    .filter(([, hops, calls]) => hops.length && calls > 0);
  if (!passes.length) return here.append(missingNote('training.json') ?? el('p', {class: 'note'}, 'training.json holds no ring timing.'));
  const hidden = hop => hop.transfer > 0 ? percent(100 * Math.max(0, 1 - hop.exposed / hop.transfer), 0) : dash;
  here.append(
    el('p', {class: 'hint'}, `Means a call on rank 0 of ${text(report.training.ranks)}; ${text(ring.partition)} partition, ${text(ring.exchange)} exchange, ${text(ring.backend)} kernels. While a block is computed on, the next one travels: only the exposed wait costs time.`),
    el('div', {class: 'grid'}, passes.map(([pass, hops]) => hopFigure(pass, hops))),
    el('div', {class: 'card', style: 'margin-top:1rem'}, table(['Pass and hop', 'compute, ms', 'exposed wait, ms', 'transfer, ms', 'transfer hidden', 'sent', 'messages'],
      passes.flatMap(([pass, hops]) => hops.map(h => [`${pass} ${h.hop}`, significant(h.compute), significant(h.exposed), significant(h.transfer), hidden(h), bytes(h.sent), significant(h.messages)])),
      `Mean of ${passes.map(([pass, , calls]) => `${count(calls)} ${pass.toLowerCase()}`).join(' and ')} calls`)));
}

function showProvenance() {
  const here = section('provenance'), run = report.run;
  if (run) here.append(el('div', {class: 'card'}, facts([
    ['command', el('code', {}, text(run.command))],
    ['commit', el('code', {}, text(run.git_commit))],
    ['version', `gridring ${text(run.version)}`],
    ['started', text(run.started_at)],
    ['finished', text(run.finished_at)],
    ['seed', text(run.seed)],
    ['ran on', `${text(run.host)}: ${text(run.ranks)} rank${run.ranks === 1 ? '' : 's'}, ${text(run.threads)} thread${run.threads === 1 ? '' : 's'} each`],
  ])));
  else here.append(missingNote('run.json'));
  here.append(report.config ? el('div', {class: 'card'}, el('details', {}, el('summary', {}, 'Configuration, as resolved'), el('pre', {tabindex: 0}, report.config))) : missingNote('config.yaml') ?? '');
  const written = report.written;
  section('footer').append(el('p', {}, `Written ${written.at} by gridring ${written.version} (${written.git_commit}) from the files of the run folder “${report.name}”.`),
    el('p', {}, 'Charts: Chart.js 3.9.1, © 2022 Chart.js Contributors, MIT licence. This page loads nothing from elsewhere.'));
}

applyTheme();
for (const show of [showHeadline, showNextHours, showScores, showHeldBack, showErrors, showTraining, showExtraction, showQuality, showRing, showProvenance]) show();
drawAll();
darkWanted.addEventListener('change', drawAll);
