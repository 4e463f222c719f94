// SPDX-License-Identifier: MIT
// Numbers, times and elements: what every section of the page is written with.
'use strict';

// What is known of the run, by topic. In a report it stands in the page, a dashboard is sent it.
const report = {regions: {}, missing: {}, ...JSON.parse(document.getElementById('report-data')?.textContent ?? '{}')};

const isNumber = x => typeof x === 'number' && Number.isFinite(x);
const dash = '–';
const mean = xs => {
    const good = xs.filter(isNumber);
    return good.length ? good.reduce((a, b) => a + b, 0) / good.length : null;
};
const decimals = digits =>
    new Intl.NumberFormat('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});
const shapes = {
    0: decimals(0),
    1: decimals(1),
    2: decimals(2),
    3: decimals(3)
};
const fixed = (x, digits) => isNumber(x) ? shapes[digits].format(x) : dash;
const count = x => fixed(x, 0);
const significant = x =>
    isNumber(x) ? Number(x.toPrecision(3)).toLocaleString('en-US', {maximumSignificantDigits: 3}) : dash;
const percent = (x, digits = 2) => isNumber(x) ? `${fixed(x, digits)}\u00a0%` : dash;
const megawatt = x => isNumber(x) ? `${Math.abs(x) >= 1000 ? count(x) : significant(x)}\u00a0MW` : dash;
const bytes = x => {
    if (!isNumber(x)) return dash;
    const power = Math.max(0, Math.min(3, Math.floor(Math.log10(Math.max(x, 1)) / 3)));
    return `${significant(x / 1000 ** power)} ${['B', 'kB', 'MB', 'GB'][power]}`;
};
const duration = s => !isNumber(s) ? dash :
    s < 90                         ? `${significant(s)} s` :
                            s < 5400 ? `${fixed(s / 60, 1)} min` :
                                       `${fixed(s / 3600, 1)} h`;
const text = x => x === null || x === undefined || x === '' ? dash : String(x);

// el('p', {class: 'caption'}, 'text', child…): strings become text nodes, never markup.
function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith('on'))
            node.addEventListener(name.slice(2), value);
        else if (value !== false && value !== null && value !== undefined)
            node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined));
    return node;
}

const section = id => document.getElementById(id);

// "No scores.json in this run folder. `gridring evaluate RUN_DIR` makes it."
function missingNote(...files) {
    const gone = files.filter(file => file in report.missing);
    if (!gone.length) return null;
    const command = report.missing[gone[0]];
    return el(
        'p', {class: 'note'}, `Nothing to show: this run folder has no ${gone.join(' and no ')}. `,
        el('code', {}, command), ' makes it.');
}

// columns: [{label, best?}], rows: [[cell…]]; a cell is text, a node, or {value, best} in a column where one of the row
// wins.
function table(columns, rows, caption) {
    const cell = (value, index) => {
        if (index === 0) return el('th', {scope: 'row'}, value);
        if (value === null || typeof value !== 'object' || value instanceof Node) return el('td', {}, value ?? dash);
        return el(
            'td', {class: value.best ? 'best' : 'other'}, value.value,
            value.best ? el('span', {class: 'hidden'}, ' (best)') : null);
    };
    return el(
        'div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption},
        el('table', {}, el('caption', {}, caption),
           el('thead', {}, el('tr', {}, columns.map(label => el('th', {scope: 'col'}, label)))),
           el('tbody', {}, rows.map(row => el('tr', {}, row.map(cell))))));
}

const facts = pairs =>
    el('dl', {}, pairs.filter(Boolean).map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));

// The wall clock of one region. Hours are counted from 1970-01-01T00 UTC and name the END of the hour, as the source
// does.
class Clock {
    constructor(zone) {
        const options = {
            weekday: 'short',
            year: 'numeric',
            month: 'short',
            day: 'numeric',
            hour: 'numeric',
            minute: '2-digit',
            hourCycle: 'h23'
        };
        try {
            this.format = new Intl.DateTimeFormat('en-GB', {...options, timeZone: zone});
            this.zone = zone;
        } catch {
            this.format = new Intl.DateTimeFormat('en-GB', {...options, timeZone: 'UTC'});
            this.zone = 'UTC';
        }
        this.known = new Map();
    }
    parts(hour) {
        if (!this.known.has(hour))
            this.known.set(
                hour, Object.fromEntries(this.format.formatToParts(hour * 3600e3).map(p => [p.type, p.value])));
        return this.known.get(hour);
    }
    isMidnight(hour) { return Number(this.parts(hour).hour) === 0; }
    time(hour) {
        const p = this.parts(hour);
        return `${p.hour.padStart(2, '0')}:${p.minute}`;
    }
    day(hour) {
        const p = this.parts(hour);
        return `${p.weekday} ${p.day} ${p.month}`;
    }
    monthDay(hour) {
        const p = this.parts(hour);
        return `${p.day} ${p.month}`;
    }
    date(hour) {
        const p = this.parts(hour);
        return `${p.day} ${p.month} ${p.year}`;
    }
    stamp(hour) { return `${this.day(hour)} ${this.parts(hour).year}, ${this.time(hour)}`; }
}
const clocks = {};
function clockOf(code) {
    const zone = report.regions[code]?.zone ?? 'UTC';
    return clocks[zone] ??= new Clock(zone);
}
const utc = new Clock('UTC');
const nameOf = code => report.regions[code]?.name ?? code;
const title = code => nameOf(code) === code ? code : `${nameOf(code)} (${code})`;
