// SPDX-License-Identifier: MIT
// The quality of a series day by day: a square a day, a block a year.

const calendarSize = {cell: 11, gap: 2};
const svg = (tag, attributes, ...children) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
};
const dayMs = 86400e3;
const dateOf = day => new Date(day * dayMs);
const dayName = day => dateOf(day).toLocaleDateString('en-GB', {weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC'});
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
// 0 for a good day, to 4 for a day of which hardly an hour is good.
const badness = hours => hours === 0 ? 0 : hours <= 2 ? 1 : hours <= 8 ? 2 : hours <= 16 ? 3 : 4;

// Days are counted from 1970-01-01; `hours` gives the flagged ones of a day.
function yearBlock(year, first, last, hours) {
    const step = calendarSize.cell + calendarSize.gap, top = 14;
    const begin = Date.UTC(year, 0, 1) / dayMs, end = Date.UTC(year + 1, 0, 1) / dayMs - 1;
    const monday = day => (dateOf(day).getUTCDay() + 6) % 7, offset = monday(begin);
    const column = day => Math.floor((day - begin + offset) / 7);
    const block = svg('svg', {width: 54 * step, height: top + 7 * step, 'aria-hidden': 'true', class: 'year'});
    for (let month = 0; month < 12; ++month)
        block.append(svg('text', {x: column(Date.UTC(year, month, 1) / dayMs) * step + (month ? 4 : 0), y: 10}, monthNames[month]));
    for (let day = Math.max(begin, first); day <= Math.min(end, last); ++day) {
        const bad = hours.get(day) ?? 0;
        const cell = svg('rect', {
            x: column(day) * step, y: top + monday(day) * step, width: calendarSize.cell, height: calendarSize.cell, rx: 2,
            class: `bad${badness(bad)}`
        });
        if (bad) cell.append(svg('title', {}, `${dayName(day)}: ${bad} h flagged`));
        block.append(cell);
    }
    return el('div', {class: 'scroll', tabindex: 0, role: 'img', 'aria-label': yearSaid(year, first, last, hours)},
              el('b', {class: 'kicker'}, String(year)), block);
}

function monthsOf(year, first, last, hours) {
    const months = Array.from({length: 12}, () => 0);
    for (const [day, bad] of hours)
        if (day >= first && day <= last && dateOf(day).getUTCFullYear() === year) months[dateOf(day).getUTCMonth()] += bad;
    return months;
}
function yearSaid(year, first, last, hours) {
    const bad = monthsOf(year, first, last, hours).map((n, i) => n ? `${monthNames[i]} ${n} h` : null).filter(Boolean);
    return `${year}: ${bad.length ? bad.join(', ') : 'no hour flagged'}`;
}

function calendarOf(quality, row, flag) {
    const pairs = row.days[flag] ?? [], hours = new Map();
    for (let i = 0; i < pairs.length; i += 2) hours.set(pairs[i], pairs[i + 1]);
    const begin = Math.floor((quality.first - 1) / 24), last = Math.floor((quality.first + quality.hours - 2) / 24);
    // A series from 00:00 on has one hour of the day before, which is worth a square where it is flagged.
    const first = quality.first % 24 === 0 && !hours.has(begin) ? begin + 1 : begin;
    const from = dateOf(first).getUTCFullYear(), to = dateOf(last).getUTCFullYear();
    const years = Array.from({length: to - from + 1}, (_, i) => to - i);
    const total = [...hours.values()].reduce((a, b) => a + b, 0);
    return [
        el('p', {class: 'caption'}, `${title(row.region)}: ${count(total)} hours on ${count(hours.size)} of ${count(last - first + 1)} days. Days are of UTC, weeks begin on Monday.`),
        ...years.map(year => yearBlock(year, first, last, hours)),
        el('p', {class: 'caption legend'}, 'flagged hours of a day: ',
           [[0, 'none'], [1, '1 or 2'], [2, 'to 8'], [3, 'to 16'], [4, 'more']].map(
               ([level, name]) => el('span', {}, svg('svg', {width: 11, height: 11, 'aria-hidden': 'true'}, svg('rect', {width: 11, height: 11, rx: 2, class: `bad${level}`})), ` ${name}`))),
        el('details', {}, el('summary', {}, 'Numbers of this calendar'),
           table(['Year', ...monthNames], years.map(year => [String(year), ...monthsOf(year, first, last, hours).map(count)]), 'Flagged hours by month')),
    ];
}

// The calendar of demand, with a choice of region and flag; null where no row has days.
function calendarCard(quality) {
    const rows = quality.rows.filter(row => row.days);
    if (!rows.length) return null;
    let row = rows[0], flag = 'any';
    const place = el('div');
    const fill = () => place.replaceChildren(...calendarOf(quality, row, flag));
    const flags = [...new Set(rows.flatMap(each => Object.keys(each.days)))].filter(name => name !== 'any');
    fill();
    return el(
        'div', {class: 'card'}, el('h3', {}, 'Demand, day by day'),
        el('div', {class: 'controls'},
           select('Region', rows.map((each, i) => [i, title(each.region)]), i => { row = rows[i]; fill(); }),
           select('Flag', [['any', 'not to be trusted'], ...flags.map(name => [name, name.replaceAll('_', ' ')])], name => { flag = name; fill(); })),
        place);
}
