// SPDX-License-Identifier: MIT
// The dashboard: listens to its server and shows what changed.

let runs = [], shownRun = new URLSearchParams(location.search).get('run') ?? '', serverAhead = 0, socket = null, waits = 0;
const headlines = {
    silent: 'Silent: it neither goes on nor has it ended',
    stopped: 'Stopped as asked; the same command goes on',
    trained: 'Trained',
    extracted: 'Extracted',
    begun: 'Begun'
};
const agoOf = at => at ? `${duration(Math.max(0, Math.round(Date.now() / 1e3 + serverAhead - at)))} ago` : dash;
const lineOf = id => runs.find(run => run.id === id);

function setText(id, value) {
    const node = section(id);
    if (node.textContent !== value) node.textContent = value;
}
function setStatus(name, words) {
    section('status').className = `status ${name}`;
    setText('status', words);
}

function headline() {
    const line = lineOf(shownRun), status = report.status;
    if (!line) return shownRun ? `No run “${shownRun}” here` : 'No run here yet';
    if (line.state === 'extracting') return `Extracting, ${percent(100 * (report.extraction_status?.progress ?? 0), 0)} there`;
    if (line.state === 'training' && status)
        return `Training, step ${count(status.step)} of ${count(status.steps)}`;
    if (line.state === 'live') return `Live: forecast after ${report.live?.last_hour ?? dash} UTC`;
    if (line.state === 'evaluated') return report.verdict ?? 'Evaluated';
    return headlines[line.state] ?? line.state;
}

function progressOf() {
    const line = lineOf(shownRun);
    if (line?.state === 'extracting') return {what: 'Extraction', share: report.extraction_status?.progress ?? 0};
    const status = report.status;
    if (!status || !['training', 'silent', 'stopped'].includes(line?.state)) return null;
    return {what: 'Training', share: status.step / status.steps};
}

function showProgress() {
    const here = section('progress'), now = progressOf();
    here.hidden = !now;
    if (!now) return;
    if (!here.firstChild)
        here.append(el('div', {class: 'bar'}, el('span', {}), el('progress', {max: 1}), el('span', {})));
    const [what, bar, share] = here.firstChild.children;
    what.textContent = now.what;
    bar.value = now.share;
    bar.setAttribute('aria-label', now.what);
    share.textContent = percent(100 * now.share, 0);
}

const isBusy = state => state === 'training' || state === 'silent';
function tilesNow() {
    const line = lineOf(shownRun), status = report.status, extraction = report.extraction_status;
    if (line?.state === 'extracting' && extraction) {
        const seconds = extraction.at - extraction.started_at;
        return [
            [count(extraction.records), 'records so far'],
            [seconds > 1 ? count(extraction.records / seconds) : dash, 'records a second'],
            [count(extraction.requests), `requests, ${count(extraction.retries)} tried again`],
            [bytes(extraction.received_bytes), 'on the wire'],
        ];
    }
    if (line?.state === 'live' && report.live) {
        const live = report.live;
        return [
            [agoOf(live.published_at), 'last forecast'],
            [duration(live.seconds_after_arrival), 'from the arrival of its last hour'],
            [count(live.new_hours), `new hour${live.new_hours === 1 ? '' : 's'}, ${count(live.revised_hours)} taken up again for revisions`],
            [duration(Math.max(0, live.next_at - Date.now() / 1e3 - serverAhead)), 'to the next look'],
        ];
    }
    if (!status || !isBusy(line?.state)) return [];
    const training = report.training, pace = training?.tokens_per_second ?? status.tokens_per_second;
    const stepSeconds = mean((report.ranks ?? []).map(rank => rank.step_seconds));
    return [
        [significant(status.loss), 'loss of the last step'],
        [count(pace), `hours of data a second on ${status.ranks} rank${status.ranks === 1 ? '' : 's'}`],
        [isNumber(stepSeconds) ? duration((status.steps - status.step) * stepSeconds) : dash, 'left at this pace'],
        [status.checkpoint_step < 0 ? 'none yet' : `step ${count(status.checkpoint_step)}`, 'last checkpoint'],
        [agoOf(status.at), 'last heard of'],
    ];
}
function showTiles() {
    const here = section('now'), tiles = tilesNow();
    if (here.children.length !== tiles.length)
        here.replaceChildren(...tiles.map(() => el('div', {class: 'tile'}, el('b'), el('span'))));
    tiles.forEach(([value, label], i) => {
        const [b, span] = here.children[i].children;
        if (b.textContent !== value) b.textContent = value;
        if (span.textContent !== label) span.textContent = label;
    });
}

function runRow(line) {
    const share = line.state === 'extracting' ? line.progress : line.steps ? line.step / line.steps : null;
    const link = el('a', {
        href: `?run=${encodeURIComponent(line.id)}`,
        onclick: event => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            history.pushState(null, '', event.currentTarget.href);
            choose(line.id);
        }
    }, line.id === '.' ? report.name ?? 'this run' : line.id.match(/[^/,]+[/,]?/g).flatMap(part => [part, el('wbr')]));
    return el(
        'tr', {'aria-current': line.id === shownRun ? 'true' : null}, el('th', {scope: 'row'}, link),
        el('td', {}, line.state), el('td', {}, isNumber(share) ? el('progress', {max: 1, value: share, 'aria-label': percent(100 * share, 0)}) : dash),
        el('td', {}, significant(line.loss)), el('td', {}, count(line.tokens_per_second)), el('td', {}, agoOf(line.at)));
}
// The rows are made anew only where one of them changed: whoever tabs through them keeps the place.
let shownRows = '';
function showRuns() {
    const here = section('runs'), isShown = runs.length !== 1 || runs[0].id !== '.';
    here.hidden = document.querySelector('nav a[href="#runs"]').hidden = !isShown;
    const now = JSON.stringify([runs, shownRun]);
    if (!isShown || now === shownRows) return;
    shownRows = now;
    const focused = here.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    clear(here);
    if (!runs.length) return here.append(el('p', {class: 'note'}, 'A run appears here as soon as it begins.'));
    here.append(el('div', {class: 'card'}, el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Runs'},
        el('table', {}, el('thead', {}, el('tr', {}, ['Run', 'state', 'how far', 'loss', 'hours of data a second', 'last heard of'].map(name => el('th', {scope: 'col'}, name)))),
           el('tbody', {}, runs.map(runRow))))));
    if (focused) [...here.querySelectorAll('a')].find(a => a.getAttribute('href') === focused)?.focus();
}

function showNow() {
    document.body.classList.toggle('empty', !lineOf(shownRun));
    setText('headline', headline());
    const name = report.name ?? (shownRun === '.' ? '' : shownRun);
    setText('run-name', name ? `· ${name}` : '');
    document.title = [headline(), name, 'gridring'].filter(part => part).join(' · ');
    showProgress();
    showTiles();
    showRuns();
    section('problem').hidden = !report.problem;
    setText('problem', report.problem ?? '');
}

function take(message) {
    serverAhead = message.now - Date.now() / 1e3;
    if (message.runs) runs = message.runs;
    if (message.program) report.written = message.program;
    shownRun = message.run || shownRun;
    if (message.set) {
        Object.assign(report, message.set);
        showChanged(Object.keys(message.set));
        document.documentElement.dataset.charts = `${figures.length}/${document.querySelectorAll('canvas').length}`;
    }
    showNow();
    document.documentElement.dataset.messages = Number(document.documentElement.dataset.messages ?? 0) + 1;
}

function forget() {
    for (const topic of Object.keys(report)) delete report[topic];
    Object.assign(report, {regions: {}, missing: {}});
}

function choose(run) {
    shownRun = run;
    forget();
    for (const place of kept.keys()) clear(place);
    kept.clear();
    for (const {places = []} of sections)
        for (const place of places) clear(section(place));
    connect();
}

// A socket of its own for every choice; one that is lost is opened again, at first soon, then every ten seconds. The
// server then sends everything, as to a new page.
function connect() {
    if (socket) socket.onclose = socket.onmessage = null;
    socket?.close();
    const address = new URL(`live?run=${encodeURIComponent(shownRun)}`, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    socket = new WebSocket(address);
    socket.onopen = () => {
        waits = 0;
        setStatus('live', 'live');
    };
    socket.onmessage = event => take(JSON.parse(event.data));
    socket.onclose = () => {
        setStatus('lost', 'connection lost, trying again');
        setTimeout(connect, Math.min(10, .5 * 2 ** waits++) * 1e3);
    };
}

applyTheme();
darkWanted.addEventListener('change', drawAll);
addEventListener('popstate', () => choose(new URLSearchParams(location.search).get('run') ?? ''));
connect();
