// SPDX-License-Identifier: Apache-2.0
// The reference is as light or dark as the documentation, whose theme keeps the reader's choice.
'use strict';
document.documentElement.dataset.theme = localStorage.getItem('theme') || 'auto';
