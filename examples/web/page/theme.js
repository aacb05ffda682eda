// SPDX-License-Identifier: Apache-2.0
// The theme that was chosen the last time, before anything is painted.
try {
    const theme = localStorage.getItem('theme');
    if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
    // Storage is forbidden: the theme is that of the system.
}
