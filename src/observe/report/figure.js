// SPDX-License-Identifier: MIT
// A figure: one chart of Chart.js, its caption, a summary for those who do not see it, and its numbers as a table.

const darkWanted = matchMedia('(prefers-color-scheme: dark)');
const askedTheme = new URLSearchParams(location.search).get('theme');
const figures = [];
let colour = {};

function applyTheme() {
    document.documentElement.dataset.theme = askedTheme ?? (darkWanted.matches ? 'dark' : 'light');
    const style = getComputedStyle(document.documentElement);
    const names =
        'ink muted line grid card model band actual raw naive24 naive168 operator wait rest flag1 flag2 flag3 flag4 flag5 flag6';
    colour = Object.fromEntries(names.split(' ').map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
    Object.assign(
        Chart.defaults, {animation: false, maintainAspectRatio: false, color: colour.muted, borderColor: colour.grid});
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 12;
}

// What every chart shares; `axes` and `plugins` are laid over it.
function options({x = {}, y = {}, tooltip = {}, legend = {}, ...rest}) {
    const axis = settings => ({
        ...settings,
        grid: {drawTicks: false, ...settings.grid},
        border: {display: false},
        ticks: {padding: 6, ...settings.ticks},
        title: {display: true, ...settings.title}
    });
    const swatches = {
        usePointStyle: true,
        pointStyle: 'line',
        boxWidth: 26,
        padding: 14,
        filter: item => !item.text.startsWith('_'),
        ...legend.labels
    };
    return {
        interaction: {mode: 'index', intersect: false, axis: 'x'},
        ...rest,
        scales: {x: axis(x), y: axis(y)},
        plugins: {
            legend: {align: 'start', ...legend, labels: swatches},
            tooltip: {
                backgroundColor: colour.card,
                titleColor: colour.ink,
                bodyColor: colour.ink,
                borderColor: colour.line,
                borderWidth: 1,
                padding: 10,
                usePointStyle: true,
                filter: item => !item.dataset.label.startsWith('_'),
                ...tooltip
            },
        },
    };
}

const line = (label, data, extra = {}) => ({
    type: 'line',
    label,
    data,
    borderWidth: 1.8,
    pointRadius: 0,
    pointHitRadius: 8,
    pointStyle: 'line',
    tension: 0,
    ...extra
});
const bar = (label, data, fill, extra = {}) => ({
    type: 'bar',
    label,
    data,
    backgroundColor: fill,
    borderRadius: 2,
    categoryPercentage: .78,
    barPercentage: .9,
    ...extra
});
const squares = {
    labels: {pointStyle: 'rect', boxWidth: 10}
};

// Local time along x: a grid line at each midnight, or every third hour when less than two days are shown.
function hourAxis(clock, first, last, mark) {
    const wanted = hour => last - first <= 48 ? Number(clock.parts(hour).hour) % 3 === 0 : clock.isMidnight(hour);
    function label(hour) {
        return hour === mark   ? 'last known' :
            last - first <= 48 ? clock.time(hour) :
            this.width < 480   ? clock.monthDay(hour) :
                                 clock.day(hour);
    }
    return {
        type: 'linear',
        min: first,
        max: last,
        afterBuildTicks(axis) {
            const hours = Array.from({length: last - first + 1}, (_, i) => first + i)
                              .filter(hour => wanted(hour) || hour === mark);
            axis.ticks = hours.map(value => ({value}));
        },
        ticks: {callback: label, maxRotation: 0, autoSkipPadding: 14},
        grid: {color: context => context.tick?.value === mark ? colour.muted : colour.grid},
        title: {text: `local time, ${clock.zone} (end of hour)`},
    };
}

// {heading, caption, tall, summary(), chart(), rows(): {columns, rows}} -> <figure>; call redraw() of the result when
// the data change.
function figure(spec) {
    const canvas = el('canvas', {role: 'img'});
    const caption = el('p', {class: 'caption'});
    const numbers = el('details', {ontoggle: () => fillNumbers()}, el('summary', {}, 'Numbers of this chart'));
    const node =
        el('figure', {}, el('h3', {}, spec.heading), caption,
           el('div', {class: spec.tall ? 'plot tall' : 'plot'}, canvas), numbers);
    let drawn = null;
    function fillNumbers() {
        while (numbers.children.length > 1) numbers.lastChild.remove();
        if (numbers.open) {
            const {columns, rows} = spec.rows();
            numbers.append(table(columns, rows, spec.heading));
        }
    }
    node.redraw = () => {
        caption.textContent = typeof spec.caption === 'function' ? spec.caption() : spec.caption ?? '';
        canvas.setAttribute('aria-label', `${spec.heading}. ${spec.summary()}`);
        const {data, options} = spec.chart();
        if (!drawn) {
            drawn = new Chart(canvas, {data, options});
        } else {  // in place, so that what the reader points at stays
            Object.assign(drawn, {data, options});
            drawn.resize();
            drawn.update('none');
        }
        fillNumbers();
    };
    figures.push(node);
    return node;
}

// Takes away what a section shows, but for its heading.
function clear(here) {
    for (const node of [...here.childNodes].filter(node => node.nodeName !== 'H2')) node.remove();
    for (let i = figures.length; i-- > 0;)
        if (here.contains(figures[i]) || !figures[i].isConnected) figures.splice(i, 1);
}

// For sections that change all the time: `build` fills the section where `key` is another than before and returns what
// brings it up to date, which is all that is called otherwise.
const kept = new Map();
function keep(here, key, build) {
    if (kept.get(here)?.key !== key) {
        clear(here);
        kept.set(here, {key, refresh: build()});
    }
    for (const each of kept.get(here).refresh) each?.();
}

function select(label, entries, onchange) {
    const list = el(
        'select', {onchange: () => onchange(list.value)}, entries.map(([value, name]) => el('option', {value}, name)));
    return el('label', {}, label, list);
}

// After a change of theme, colours and all.
function drawAll() {
    applyTheme();
    for (const each of figures) each.redraw();
    document.documentElement.dataset.charts = `${figures.length}/${document.querySelectorAll('canvas').length}`;
}
