// SPDX-License-Identifier: MIT
// The report: everything once, from the data in the page.

applyTheme();
showChanged(Object.keys(report));
drawAll();  // once more, at the widths that are left when everything is there
darkWanted.addEventListener('change', drawAll);
