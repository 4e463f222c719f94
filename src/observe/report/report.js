// SPDX-License-Identifier: MIT
// The report: everything once, from the data in the page.

applyTheme();
showChanged(Object.keys(report));
document.documentElement.dataset.charts = `${figures.length}/${document.querySelectorAll('canvas').length}`;
darkWanted.addEventListener('change', drawAll);
